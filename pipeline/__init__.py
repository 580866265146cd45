"""The vendor's side: firmware images in, signed update packages out."""
