"""The bytes both sides agree on: no I/O, no signatures, and every constant of the format once."""
