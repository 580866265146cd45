"""All updates between the released versions of a product: which, whether still good, how large."""
