"""A device on the bench: flash that behaves badly, the device around it, and a power switch."""
