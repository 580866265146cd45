"""What an applier reads and holds: pieces, unless `needs` says otherwise."""

import tracemalloc
from dataclasses import dataclass, field

import pytest

from device_apply.appliers import BytesSource, applier_for, apply_payload
from device_apply.appliers.byte_stream import PIECE_BYTES
from device_apply.errors import FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import (
    ALL_FORMATS,
    SELF_CONTAINED_FORMATS,
    firmware_pair,
    payload_of,
)

BASE, NEW = firmware_pair(600_000)
INTERPRETER_OVERHEAD_BYTES = 300_000
"""Python objects for pieces, buffers inside the standard library's decompressors."""

LARGEST_EMITTED = {PayloadFormat.FULL_ZSTD: 128 << 10, PayloadFormat.ZSTD_PATCH: 128 << 10}
"""A zstd block inflates as a whole; all others emit pieces."""


@dataclass
class WatchedSource:
    """A source that remembers the largest read."""

    data: bytes
    largest_read: int = 0
    reads: int = field(default=0)

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        self.reads += 1
        self.largest_read = max(self.largest_read, size)
        return BytesSource(self.data).read(offset, size)


class ExplodingSource:
    """A source that must not be read."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, offset: int, size: int) -> bytes:
        raise AssertionError(f"read of {size} bytes at {offset}")


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_payload_base_and_output_pass_in_pieces(payload_format: PayloadFormat) -> None:
    payload = WatchedSource(payload_of(payload_format, BASE, NEW))
    base = WatchedSource(BASE)
    emitted: list[int] = []

    apply_payload(payload_format, payload, base, len(NEW), lambda data: emitted.append(len(data)))

    assert payload.largest_read <= PIECE_BYTES
    assert max(emitted) <= LARGEST_EMITTED.get(payload_format, PIECE_BYTES)
    if payload_format is PayloadFormat.ZSTD_PATCH:
        assert base.largest_read == len(BASE)  # its dictionary, which `needs` counts
    else:
        assert base.largest_read <= PIECE_BYTES


@pytest.mark.parametrize("payload_format", [fmt for fmt in ALL_FORMATS if not fmt.needs_base])
def test_a_full_image_never_reads_the_base(payload_format: PayloadFormat) -> None:
    payload = BytesSource(payload_of(payload_format, BASE, NEW))
    new = bytearray()

    apply_payload(payload_format, payload, ExplodingSource(100), len(NEW), new.extend)
    assert new == NEW


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_needs_read_headers_not_the_payload(payload_format: PayloadFormat) -> None:
    payload = WatchedSource(payload_of(payload_format, BASE, NEW))

    needs = applier_for(payload_format).needs(payload, len(BASE), len(NEW))
    assert payload.largest_read <= PIECE_BYTES
    assert payload.reads <= 20
    assert needs.ram_bytes > 0
    assert needs.ram_basis
    assert needs.random_base_access == payload_format.needs_base


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_memory_stays_within_what_needs_says(payload_format: PayloadFormat) -> None:
    payload = BytesSource(payload_of(payload_format, BASE, NEW))
    base = BytesSource(BASE)
    needs = applier_for(payload_format).needs(payload, len(BASE), len(NEW))

    tracemalloc.start()
    try:
        apply_payload(payload_format, payload, base, len(NEW), lambda _data: None)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak_bytes <= needs.ram_bytes + INTERPRETER_OVERHEAD_BYTES


@pytest.mark.parametrize(
    "payload_format",
    [
        payload_format
        for payload_format in SELF_CONTAINED_FORMATS
        if payload_format.needs_base or payload_format is PayloadFormat.FULL_ZSTD
    ],
)
def test_another_declared_size_is_rejected_at_the_header(payload_format: PayloadFormat) -> None:
    payload = WatchedSource(payload_of(payload_format, BASE, NEW))
    emitted: list[bytes] = []

    with pytest.raises(FormatError, match=r"is for|does not declare"):
        apply_payload(payload_format, payload, BytesSource(BASE), len(NEW) - 1, emitted.append)
    assert payload.reads <= 20
    assert not emitted
