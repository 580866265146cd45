"""The airdelta encoder: from two firmware images to the smallest patch a device can decode."""
