import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import decode, firmware_pair, payload_of

FULL_ZSTD = PayloadFormat.FULL_ZSTD
MAGIC = zstandard.FRAME_HEADER
SINGLE_SEGMENT = 0x20
HAS_CHECKSUM = 0x04


def frame(
    blocks: list[tuple[int, bytes]], size: int = 10, descriptor: int = SINGLE_SEGMENT
) -> bytes:
    """Build a frame of blocks, each a type with size field, and its bytes; the last is marked."""
    encoded = MAGIC + bytes([descriptor, size])
    for index, (type_and_size, data) in enumerate(blocks):
        last = int(index == len(blocks) - 1)
        encoded += (type_and_size << 1 | last).to_bytes(3, "little") + data
    return encoded


def raw(data: bytes) -> tuple[int, bytes]:
    return len(data) << 2, data


def run(byte: bytes, size: int) -> tuple[int, bytes]:
    return size << 2 | 1, byte


def test_hand_made_frames_that_the_attacks_start_from_are_valid() -> None:
    assert decode(FULL_ZSTD, frame([raw(b"01234"), run(b"x", 5)]), b"", 10) == b"01234xxxxx"


@given(st.binary(max_size=2000), st.binary(min_size=1, max_size=2000))
def test_any_pair_decodes_as_zstandard_decodes_it(base: bytes, new: bytes) -> None:
    payload = payload_of(PayloadFormat.ZSTD_PATCH, base, new)
    dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    expected = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(payload)

    assert decode(PayloadFormat.ZSTD_PATCH, payload, base, len(new)) == expected == new


@pytest.mark.parametrize("level", [-5, 1, 3, 12, 19])
def test_frames_of_any_level_are_decoded_with_and_without_checksum(level: int) -> None:
    _, new = firmware_pair(300_000)

    for checksum in (False, True):
        payload = zstandard.ZstdCompressor(level=level, write_checksum=checksum).compress(new)
        assert decode(FULL_ZSTD, payload, b"", len(new)) == new


def test_a_wrong_checksum_is_rejected() -> None:
    payload = zstandard.ZstdCompressor(write_checksum=True).compress(b"hello" * 100)

    with pytest.raises(FormatError, match="malformed"):
        decode(FULL_ZSTD, payload[:-1] + bytes([payload[-1] ^ 1]), b"", 500)


def test_the_command_line_tool_decodes_a_patch(tmp_path: Path) -> None:
    zstd = shutil.which("zstd")
    if zstd is None:
        pytest.skip("needs the Debian package zstd")
    base, new = firmware_pair(100_000)
    (tmp_path / "base").write_bytes(base)
    (tmp_path / "patch").write_bytes(payload_of(PayloadFormat.ZSTD_PATCH, base, new))

    command = [zstd, "-q", "-d", f"--patch-from={tmp_path}/base", f"{tmp_path}/patch", "-o"]
    subprocess.run([*command, tmp_path / "new"], check=True, timeout=60)
    assert (tmp_path / "new").read_bytes() == new


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "not a zstd frame"),
        (MAGIC[:3], "not a zstd frame"),
        (b"\x50\x2a\x4d\x18\x04\0\0\0abcd", "not a zstd frame"),  # a skippable frame
        (MAGIC, "malformed"),
        (MAGIC + bytes([SINGLE_SEGMENT | 0x08, 10]), "malformed"),  # a reserved bit
        (frame([raw(bytes(10))], size=11), "does not declare"),
        (MAGIC + bytes([0x00, 0x00]) + raw(bytes(10))[1], "does not declare"),  # no size
        (MAGIC + bytes([0x80, 0x58, 10, 0, 0, 0]) + b"\x51\0\0", "window of"),  # 2 MiB for 10 B
        (MAGIC + bytes([SINGLE_SEGMENT | 0x01, 77, 10]) + b"\x51\0\0", "dictionary 77"),
        (frame([(10 << 2 | 3, bytes(10))]), "block header"),
        (frame([((128 << 10) + 1 << 2 | 1, b"x")]), "block header"),
        (frame([(5 << 2 | 2, b"\xff" * 5)]), "malformed"),
    ],
)
def test_a_frame_that_does_not_fit_is_rejected(payload: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        decode(FULL_ZSTD, payload, b"", 10)


@pytest.mark.parametrize("extra", [b"\0", MAGIC, zstandard.ZstdCompressor().compress(b"second")])
@pytest.mark.parametrize("descriptor", [SINGLE_SEGMENT, SINGLE_SEGMENT | HAS_CHECKSUM])
def test_bytes_after_the_end_are_rejected(extra: bytes, descriptor: int) -> None:
    payload = zstandard.ZstdCompressor(write_checksum=descriptor != SINGLE_SEGMENT).compress(
        b"0123456789"
    )

    with pytest.raises(FormatError, match="after its end"):
        decode(FULL_ZSTD, payload + extra, b"", 10)


@pytest.mark.parametrize("missing", [1, -1])
def test_blocks_that_do_not_add_up_are_rejected(missing: int) -> None:
    with pytest.raises((FormatError, ApplyFailed)):
        decode(FULL_ZSTD, frame([raw(bytes(10 - missing))]), b"", 10)


def test_a_decompression_bomb_inflates_one_block_at_most() -> None:
    bomb = frame([run(b"x", 128 << 10)] * 3000)

    tracemalloc.start()
    try:
        with pytest.raises((FormatError, ApplyFailed)):
            decode(FULL_ZSTD, bomb, b"", 10)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_needs_follow_the_frame_header_and_count_the_base_of_a_patch() -> None:
    base, new = firmware_pair(300_000)
    context_bytes, block_bytes = 95_800, 128 << 10
    image_bytes = context_bytes + block_bytes + len(new)

    def ram_bytes(payload_format: PayloadFormat) -> int:
        source = BytesSource(payload_of(payload_format, base, new))
        return applier_for(payload_format).needs(source, len(base), len(new)).ram_bytes

    assert ram_bytes(FULL_ZSTD) == image_bytes
    assert ram_bytes(PayloadFormat.ZSTD_PATCH) == image_bytes + len(base)


def test_a_smaller_window_needs_less() -> None:
    _, new = firmware_pair(300_000)
    parameters = zstandard.ZstdCompressionParameters(window_log=14)
    payload = zstandard.ZstdCompressor(compression_params=parameters).compress(new)

    assert decode(FULL_ZSTD, payload, b"", len(new)) == new
    needs = applier_for(FULL_ZSTD).needs(BytesSource(payload), 0, len(new))
    assert needs.ram_bytes == 95_800 + (1 << 14) + 3 * (1 << 14) + 64
