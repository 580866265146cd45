"""Fault sweeps for a user's own update: power cut at any flash operation, every boot checked."""
