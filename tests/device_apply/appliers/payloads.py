"""Images, payloads and hand-made patches for the tests of the appliers."""

import bz2
import lzma
import random
import struct
from collections.abc import Callable
from functools import cache

import heatshrink2
from detools.compression.crle import CrleCompressor

from device_apply.appliers import BytesSource, apply_payload
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.registry import engine_named

ALL_FORMATS = tuple(PayloadFormat)
PATCH_FORMATS = tuple(fmt for fmt in PayloadFormat if fmt.needs_base)


def decode(
    payload_format: PayloadFormat, payload: bytes, base: bytes = b"", new_size: int = 0
) -> bytes:
    """Apply a payload in memory."""
    new = bytearray()
    apply_payload(payload_format, BytesSource(payload), BytesSource(base), new_size, new.extend)
    return bytes(new)


@cache
def firmware_pair(size: int, seed: int = 1) -> tuple[bytes, bytes]:
    """Return two releases of an image that looks like code: repeated words, tables, padding.

    The new one has a changed constant, a grown function and, behind it, moved addresses.
    """
    rng = random.Random(seed)
    words = [rng.randbytes(4) for _ in range(64)]
    base = bytearray()
    while len(base) < size:
        base += rng.choice(words)
        if rng.random() < 0.05:
            base += struct.pack("<I", 0x0800_0000 + rng.randrange(size))
        if rng.random() < 0.002:
            base += b"\xff" * 48
    del base[size:]
    new = bytearray(base)
    for _ in range(max(1, size // 2000)):
        new[rng.randrange(size)] ^= 0x10
    grown_at = size // 3
    new[grown_at:grown_at] = rng.randbytes(min(40, size))
    for position in range(grown_at + 40, len(new) - 4, 97):
        new[position] = (new[position] + 4) % 256
    return bytes(base), bytes(new)


@cache
def payload_of(payload_format: PayloadFormat, base: bytes, new: bytes) -> bytes:
    """Return the engine's payload."""
    return engine_named(_engine_name(payload_format)).encode(base, new).payload


SELF_CONTAINED_FORMATS = [fmt for fmt in PayloadFormat if fmt is not PayloadFormat.AIRDELTA]
"""Formats that state or imply their own sizes. An airdelta patch leaves sizes to the manifest, and
a changed or cut one may decode to some image; its digest says that it is another one."""


def _engine_name(payload_format: PayloadFormat) -> str:
    """One engine per format; of airdelta's three tiers the middle one."""
    is_airdelta = payload_format is PayloadFormat.AIRDELTA
    return "airdelta-standard" if is_airdelta else payload_format.label


# --- hand-made detools patches -----------------------------------------------


def detools_number(value: int) -> bytes:
    """Encode a signed detools number."""
    magnitude = abs(value)
    encoded = [magnitude & 0x3F | (0x40 if value < 0 else 0)]
    magnitude >>= 6
    while magnitude:
        encoded[-1] |= 0x80
        encoded.append(magnitude & 0x7F)
        magnitude >>= 7
    return bytes(encoded)


def instruction(
    copy_add: int, differences: bytes, insert: int, literals: bytes, seek: int
) -> bytes:
    """Encode one detools instruction; sizes need not match the bytes."""
    return (
        detools_number(copy_add)
        + differences
        + detools_number(insert)
        + literals
        + detools_number(seek)
    )


def to_lzma(data: bytes) -> bytes:
    """Compress as detools does."""
    return lzma.compress(data, format=lzma.FORMAT_ALONE)


def to_crle(data: bytes) -> bytes:
    """Compress with detools' run-length code."""
    compressor = CrleCompressor()
    return bytes(compressor.compress(data) + compressor.flush())


def to_heatshrink(data: bytes) -> bytes:
    """Compress as detools does, window 8 and look-ahead 7."""
    return b"\x44" + bytes(heatshrink2.encode(data, window_sz2=8, lookahead_sz2=7))


SEQUENTIAL: dict[PayloadFormat, tuple[int, Callable[[bytes], bytes]]] = {
    PayloadFormat.DETOOLS_SEQUENTIAL_LZMA: (0x01, to_lzma),
    PayloadFormat.DETOOLS_SEQUENTIAL_CRLE: (0x02, to_crle),
    PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK: (0x04, to_heatshrink),
}
"""First byte and compression of each sequential format."""


def sequential_patch(payload_format: PayloadFormat, instructions: bytes, new_size: int) -> bytes:
    """Build a detools sequential patch."""
    first_byte, compress = SEQUENTIAL[payload_format]
    stream = compress(detools_number(0) + instructions)
    return bytes([first_byte]) + detools_number(new_size) + stream


def in_place_patch(
    memory: tuple[int, int, int], base_size: int, new_size: int, body: bytes
) -> bytes:
    """Build a detools in-place patch; `memory` is its size, segment size and shift."""
    header = b"".join(detools_number(value) for value in (*memory, base_size, new_size))
    return b"\x14" + header + to_heatshrink(body)


# --- hand-made bsdiff patches ------------------------------------------------


def bsdiff_number(value: int) -> bytes:
    """Encode 64 bits, sign and magnitude."""
    return struct.pack("<Q", abs(value) | (1 << 63 if value < 0 else 0))


def bsdiff_patch(
    controls: list[tuple[int, int, int]], differences: bytes, literals: bytes, new_size: int
) -> bytes:
    """Build a `BSDIFF40` patch."""
    numbers = b"".join(bsdiff_number(value) for control in controls for value in control)
    control, difference, literal = (
        bz2.compress(stream, 1) for stream in (numbers, differences, literals)
    )
    sizes = struct.pack("<QQQ", len(control), len(difference), new_size)
    return b"BSDIFF40" + sizes + control + difference + literal


# --- hand-made hdiffpatch patches --------------------------------------------


def hdiff_number(value: int, tag: int = 0, tag_bits: int = 0) -> bytes:
    """Encode a number, most significant first, with a tag in the upper bits of the first byte."""
    groups = []
    while value >= 1 << (7 - tag_bits):
        groups.append(value & 0x7F)
        value >>= 7
    first = value | tag << (8 - tag_bits) | (1 << (7 - tag_bits) if groups else 0)
    rest = [group | 0x80 for group in reversed(groups)]
    if rest:
        rest[-1] &= 0x7F
    return bytes([first, *rest])


def hdiff_patch(
    sections: tuple[bytes, bytes, bytes, bytes],
    cover_count: int,
    base_size: int,
    new_size: int,
) -> bytes:
    """Build an hdiffpatch patch; sections are covers, controls, run bytes, literals."""
    patch = b"HDIFF13&\0" + b"".join(
        hdiff_number(value) for value in (new_size, base_size, cover_count)
    )
    for section in sections:
        patch += hdiff_number(len(section)) + hdiff_number(0)
    patch += b"".join(sections)
    return b"\x21" + detools_number(new_size) + detools_number(len(patch)) + to_lzma(patch)
