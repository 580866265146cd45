"""Where the bytes of a patch go, and why: attribution, causes, advice, lint, picture."""
