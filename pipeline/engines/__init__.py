"""Delta engines: every way to encode a new image, one adapter per engine behind one protocol."""
