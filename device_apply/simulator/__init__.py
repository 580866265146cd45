"""A device on a desk: the device library in C over the flash model, with a profile's own facts."""
