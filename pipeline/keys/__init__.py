"""Keys that sign update packages: see `signer.Signer` and `key_files`."""
