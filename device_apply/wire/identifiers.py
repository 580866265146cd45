"""Vendor and class identifiers: UUIDs derived from names (RFC 9562 section 5.5).

draft-ietf-suit-manifest-37, "suit-parameter-vendor-identifier": version 5 UUID of the vendor's
domain in the DNS namespace; class: version 5 UUID of the name in the vendor's namespace.
"""

import uuid


def vendor_id(domain: str) -> bytes:
    """Return the 16 bytes that stand for a vendor's domain name."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, domain).bytes


def class_id(vendor: bytes, device_class: str) -> bytes:
    """Return the 16 bytes that stand for a device class of the vendor with id `vendor`."""
    return uuid.uuid5(uuid.UUID(bytes=vendor), device_class).bytes
