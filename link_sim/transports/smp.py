"""SMP (mcumgr) image upload: the size of every request.

A request is an 8-byte header and a CBOR map {"off", "data"}; the first one also says "image",
"len", "sha" and "upgrade". The overhead therefore grows with the offset and the data's length, at
the widths where CBOR needs another byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError

HEADER_BYTES = 8
SHA256_BYTES = 32

_MAP_HEADER_BYTES = 1
_CBOR_WIDTHS = ((24, 1), (1 << 8, 2), (1 << 16, 3), (1 << 32, 5))
"""Bytes of a CBOR head by the first value that needs more (RFC 8949 section 3)."""


def cbor_head_bytes(value: int) -> int:
    """Return the bytes that encode an unsigned integer, or the length of a string."""
    for limit, width in _CBOR_WIDTHS:
        if value < limit:
            return width
    return 9


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRequestFields:
    """What only the first request of an upload says."""

    image_bytes: int
    with_sha: bool = True

    @property
    def size_bytes(self) -> int:
        """Bytes that these fields add to the map."""
        image_number = _key_bytes("image") + cbor_head_bytes(0)
        length = _key_bytes("len") + cbor_head_bytes(self.image_bytes)
        digest = _key_bytes("sha") + cbor_head_bytes(SHA256_BYTES) + SHA256_BYTES
        upgrade = _key_bytes("upgrade") + 1
        return image_number + length + (digest if self.with_sha else 0) + upgrade


def upload_overhead_bytes(
    offset: int, data_bytes: int, first: FirstRequestFields | None = None
) -> int:
    """Return the bytes of one request beside its data."""
    return (
        HEADER_BYTES
        + _MAP_HEADER_BYTES
        + _key_bytes("off")
        + cbor_head_bytes(offset)
        + _key_bytes("data")
        + cbor_head_bytes(data_bytes)
        + (first.size_bytes if first else 0)
    )


def upload_requests(image_bytes: int, max_frame_bytes: int, *, with_sha: bool) -> Sequence[int]:
    """Return the size of each request of an upload that fills its frames as far as possible.

    Raises:
        ImpossibleValueError: a frame does not even hold the first request's fields.
    """
    sizes = []
    offset = 0
    first: FirstRequestFields | None = FirstRequestFields(
        image_bytes=image_bytes, with_sha=with_sha
    )
    while offset < image_bytes:
        data_bytes = _most_data(offset, image_bytes - offset, max_frame_bytes, first)
        if data_bytes <= 0:
            raise ImpossibleValueError(
                "max_smp_frame", f"{max_frame_bytes} bytes leave no room for data"
            )
        sizes.append(upload_overhead_bytes(offset, data_bytes, first) + data_bytes)
        offset += data_bytes
        first = None
    return sizes


def _most_data(
    offset: int, left_bytes: int, max_frame_bytes: int, first: FirstRequestFields | None
) -> int:
    """The largest data length whose request still fits, at most what is left."""
    data_bytes = min(left_bytes, max_frame_bytes - upload_overhead_bytes(offset, 0, first))
    while (
        data_bytes > 0
        and upload_overhead_bytes(offset, data_bytes, first) + data_bytes > max_frame_bytes
    ):
        data_bytes -= 1
    return data_bytes


def _key_bytes(key: str) -> int:
    return cbor_head_bytes(len(key)) + len(key)
