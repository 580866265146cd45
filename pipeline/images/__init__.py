"""Reading firmware files of any common format into one `FirmwareImage`: see `reader.read_image`."""
