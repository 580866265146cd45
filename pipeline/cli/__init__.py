"""The `airdelta` command: one module per command group; each command parses, calls and renders."""
