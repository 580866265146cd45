"""Encrypting payloads for devices: after diff and compression, before the signature."""
