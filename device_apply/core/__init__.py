"""The airdelta library in C, as the device runs it, and its binding for the host."""
