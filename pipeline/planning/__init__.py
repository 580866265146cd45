"""Comparing strategies: every candidate over every link, before anything is built."""
