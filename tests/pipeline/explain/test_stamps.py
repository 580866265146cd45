"""Build times, ids and hashes are found; what only looks like them is not."""

import pytest

from pipeline.encoder.encoder import encode_traced
from pipeline.explain.kinds import code_bytes
from pipeline.explain.places import place
from pipeline.explain.stamps import find_stamps, text_stamps
from pipeline.images.firmware_image import FirmwareImage, ImageFormat

FILLER = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("text", "stamps"),
    [
        (b"built Jan  2 2026 at 09:41:07", [b"Jan  2 2026", b"09:41:07"]),
        (b"2026-01-02T03:04:05", [b"2026-01-02", b"03:04:05"]),
        (b"v1.2.3-14-gdeadbee\0", [b"deadbee"]),
        (
            b"da39a3ee5e6b4b0d3255bfef95601890afd80709",
            [b"da39a3ee5e6b4b0d3255bfef95601890afd80709"],
        ),
        (b"10.20.30.40 192.168.0.1 112:34:567 Mayor 2026", []),
    ],
)
def test_spelt_out_stamps(text: bytes, stamps: list[bytes]) -> None:
    assert [text[start:end] for start, end, _ in sorted(text_stamps(text))] == stamps


@pytest.mark.parametrize(
    ("before", "after", "is_stamp"),
    [
        (1_767_000_011, 1_769_900_000, True),
        (1_769_900_000, 1_767_000_011, False),
        (0x2000_1000, 0x2000_2040, False),
        (int.from_bytes(b"abcd", "little"), int.from_bytes(b"bbcd", "little"), False),
    ],
)
def test_a_unix_time_that_went_on_is_one(before: int, after: int, *, is_stamp: bool) -> None:
    base = FILLER + before.to_bytes(4, "little") + FILLER
    new = FILLER + after.to_bytes(4, "little") + FILLER
    image = FirmwareImage(
        name="new.bin", data=new, load_address=None, source_format=ImageFormat.BINARY
    )
    places = place(image)
    _, trace = encode_traced(base, new)

    marked = find_stamps(base, places, trace, code_bytes(trace, places))
    assert bool(marked[len(FILLER) : len(FILLER) + 4].all()) is is_stamp
    assert marked.sum() == (4 if is_stamp else 0)
