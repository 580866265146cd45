"""Updates in place: in which order a device with one slot rewrites its pages, and the price."""
