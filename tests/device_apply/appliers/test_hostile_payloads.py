"""Bytes from an attacker: whatever they are, only our errors come out, soon and in bounds."""

import bz2
import lzma
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import pytest
from detools.compression.crle import CrleDecompressor
from detools.compression.heatshrink import HeatshrinkDecompressor
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for, apply_payload
from device_apply.core.needs import DecoderNeeds
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import (
    ALL_FORMATS,
    SELF_CONTAINED_FORMATS,
    decode,
    detools_number,
    firmware_pair,
    payload_of,
    to_crle,
    to_heatshrink,
    to_lzma,
)

BASE, NEW = firmware_pair(1200)
SECONDS_FOR_ANYTHING = 20  # milliseconds, in truth; a loaded machine must not fail it


@dataclass(frozen=True)
class Mutation:
    """One change of a payload; the value is a byte, a bit or a count, as the kind needs it."""

    kind: str
    position: int
    value: int

    def apply(self, data: bytearray) -> None:
        at = self.position % (len(data) + 1)
        if self.kind == "set":
            data[at : at + 1] = bytes([self.value])
        elif self.kind == "flip" and at < len(data):
            data[at] ^= 1 << self.value % 8
        elif self.kind == "insert":
            data[at:at] = bytes([self.value] * (1 + self.value % 12))
        elif self.kind == "delete":
            del data[at : at + self.value % 40]
        elif self.kind == "repeat":
            data[at:at] = data[at : at + 8] * self.value
        elif self.kind == "cut":
            del data[at:]


KINDS = ("set", "flip", "insert", "delete", "repeat", "cut")
mutations = st.lists(
    st.builds(Mutation, st.sampled_from(KINDS), st.integers(0, 5000), st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


def mutate(data: bytes, changes: list[Mutation]) -> bytes:
    mutated = bytearray(data)
    for change in changes:
        change.apply(mutated)
    return bytes(mutated)


def attempt(payload_format: PayloadFormat, payload: bytes) -> bytes | None:
    """Apply within the promises: at most the new size, in ascending order, our errors, soon."""
    emitted = bytearray()
    started_s = time.monotonic()
    try:
        needs = applier_for(payload_format).needs(BytesSource(payload), len(BASE), len(NEW))
        assert needs.ram_bytes > 0
    except FormatError:
        pass
    try:
        apply_payload(
            payload_format, BytesSource(payload), BytesSource(BASE), len(NEW), emitted.extend
        )
    except (FormatError, ApplyFailed):
        result = None
    else:
        assert len(emitted) == len(NEW)
        result = bytes(emitted)
    assert len(emitted) <= len(NEW)
    assert time.monotonic() - started_s < SECONDS_FOR_ANYTHING
    return result


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
@given(changes=mutations)
def test_a_mutated_payload_decodes_to_the_size_or_raises_our_errors(
    payload_format: PayloadFormat, changes: list[Mutation]
) -> None:
    attempt(payload_format, mutate(payload_of(payload_format, BASE, NEW), changes))


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
@given(payload=st.binary(max_size=200))
def test_random_bytes_raise_our_errors(payload_format: PayloadFormat, payload: bytes) -> None:
    assert attempt(payload_format, payload) is None


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_every_truncation_is_rejected(payload_format: PayloadFormat) -> None:
    payload = payload_of(payload_format, BASE, NEW)

    for size in range(len(payload)):
        decoded = attempt(payload_format, payload[:size])
        is_another = payload_format not in SELF_CONTAINED_FORMATS and decoded != NEW
        assert decoded is None or is_another, f"accepted {size} bytes"


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
@pytest.mark.parametrize("extra", [b"\0", b"\xff", b"\0" * 5000, b"BZh1", b"\x01\x02\x03"])
def test_trailing_bytes_are_rejected(payload_format: PayloadFormat, extra: bytes) -> None:
    assert attempt(payload_format, payload_of(payload_format, BASE, NEW) + extra) is None


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_trailing_and_missing_bytes_of_an_empty_image_are_rejected(
    payload_format: PayloadFormat,
) -> None:
    payload = payload_of(payload_format, BASE, b"")
    assert decode(payload_format, payload, BASE, 0) == b""

    with pytest.raises(FormatError):
        decode(payload_format, payload + b"\0", BASE, 0)
    for size in range(len(payload)):
        with pytest.raises(FormatError):
            decode(payload_format, payload[:size], BASE, 0)


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_every_flipped_bit_is_survived(payload_format: PayloadFormat) -> None:
    payload = payload_of(payload_format, BASE, NEW)
    # A flip may well decode to other bytes of the right size: the digest is there for that.
    stride = max(1, len(payload) // 150)

    for position in range(0, len(payload), stride):
        for bit in range(8):
            flipped = bytearray(payload)
            flipped[position] ^= 1 << bit
            attempt(payload_format, bytes(flipped))


# --- behind the compression --------------------------------------------------
#
# A checksum or a range coder stops most mutations at the door. An attacker compresses afterwards.


def from_crle(encoded: bytes) -> bytes:
    return bytes(CrleDecompressor(len(encoded)).decompress(encoded, 1 << 20))


def from_heatshrink(encoded: bytes) -> bytes:
    return bytes(HeatshrinkDecompressor(len(encoded)).decompress(encoded, 1 << 20))


HEADER_SIZE = 1 + len(detools_number(len(NEW)))


def inside_lzma(payload: bytes, change: Callable[[bytes], bytes]) -> bytes:
    body = lzma.decompress(payload[HEADER_SIZE:], lzma.FORMAT_ALONE)
    return payload[:HEADER_SIZE] + to_lzma(change(body))


def inside_crle(payload: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return payload[:HEADER_SIZE] + to_crle(change(from_crle(payload[HEADER_SIZE:])))


def inside_heatshrink(payload: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return payload[:HEADER_SIZE] + to_heatshrink(change(from_heatshrink(payload[HEADER_SIZE:])))


def inside_in_place(payload: bytes, change: Callable[[bytes], bytes]) -> bytes:
    start = payload.index(b"\x44", 1)
    return payload[:start] + to_heatshrink(change(from_heatshrink(payload[start:])))


def inside_hdiffpatch(payload: bytes, change: Callable[[bytes], bytes]) -> bytes:
    start = payload.index(b"\x5d\0\0\x80\0")
    return payload[:start] + to_lzma(change(lzma.decompress(payload[start:], lzma.FORMAT_ALONE)))


def inside_bsdiff(payload: bytes, change: Callable[[bytes], bytes]) -> bytes:
    control_size, difference_size, new_size = struct.unpack_from("<QQQ", payload, 8)
    ends = [32, 32 + control_size, 32 + control_size + difference_size, len(payload)]
    streams = [bz2.decompress(payload[start:end]) for start, end in pairwise(ends)]
    streams[0] = change(streams[0])
    control, differences, literals = (bz2.compress(stream, 1) for stream in streams)
    sizes = struct.pack("<QQQ", len(control), len(differences), new_size)
    return payload[:8] + sizes + control + differences + literals


INSIDE = {
    PayloadFormat.BSDIFF4: inside_bsdiff,
    PayloadFormat.DETOOLS_SEQUENTIAL_LZMA: inside_lzma,
    PayloadFormat.DETOOLS_SEQUENTIAL_CRLE: inside_crle,
    PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK: inside_heatshrink,
    PayloadFormat.DETOOLS_HDIFFPATCH: inside_hdiffpatch,
    PayloadFormat.DETOOLS_IN_PLACE: inside_in_place,
}


@pytest.mark.parametrize("payload_format", INSIDE)
def test_a_payload_packed_anew_without_a_change_still_decodes(
    payload_format: PayloadFormat,
) -> None:
    payload = payload_of(payload_format, BASE, NEW)

    assert attempt(payload_format, INSIDE[payload_format](payload, bytes)) == NEW


@pytest.mark.parametrize("payload_format", INSIDE)
@given(changes=mutations)
def test_instructions_mutated_behind_the_compression_raise_our_errors(
    payload_format: PayloadFormat, changes: list[Mutation]
) -> None:
    payload = payload_of(payload_format, BASE, NEW)

    attempt(payload_format, INSIDE[payload_format](payload, partial(mutate, changes=changes)))


@pytest.mark.slow
@pytest.mark.parametrize("payload_format", INSIDE)
def test_every_byte_value_at_every_place_of_the_instructions_raises_our_errors(
    payload_format: PayloadFormat,
) -> None:
    payload = payload_of(payload_format, BASE, NEW)

    for position in range(0, 1300, 3):
        for value in (0x00, 0x01, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF):
            change = partial(mutate, changes=[Mutation("set", position, value)])
            attempt(payload_format, INSIDE[payload_format](payload, change))


def test_a_wrong_base_image_of_the_same_size_gives_another_image_but_no_other_error() -> None:
    other_base = firmware_pair(1200, seed=2)[0]

    for payload_format in SELF_CONTAINED_FORMATS:
        if payload_format.needs_base:
            payload = payload_of(payload_format, BASE, NEW)
            assert decode(payload_format, payload, other_base, len(NEW)) != NEW


def test_a_count_of_segments_beyond_the_image_asks_for_no_memory() -> None:
    """Found by fuzzing: the count was believed before it was checked, and scratch made for it."""
    claims = bytes.fromhex("3413000260251e4cd033689db257deb5d8186f97")

    needs = DecoderNeeds.of(claims, base_size=4096, new_size=4096, patch_size=len(claims))

    assert needs.segments == 0
    assert needs.scratch_bytes == 0


def test_a_number_of_endless_zeros_ends() -> None:
    """A run of 2^40 bytes, each of which says that the number goes on and adds nothing to it."""
    start = b"\x02" + detools_number(len(NEW))
    endless = b"\x00\x01\x00" + b"\x01\xff\xff\xff\xff\xff\x1f\x80"

    with pytest.raises(FormatError, match="longer than it needs to be"):
        decode(PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, start + endless, BASE, len(NEW))
