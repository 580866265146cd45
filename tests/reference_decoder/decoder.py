"""The airdelta decoder in plain Python: docs/PATCH_FORMAT.md as a program.

It promises the format and nothing else: no speed, no bound on memory. It imports nothing of the
product, so that an agreement between the two says something.
"""

from tests.reference_decoder.arithmetic import ArithmeticDecoder
from tests.reference_decoder.header import Mode, read_header, read_mode
from tests.reference_decoder.image import ImageDecoder
from tests.reference_decoder.plain_modes import decode_runs, decode_stored
from tests.reference_decoder.segment_map import read_segment_map
from tests.reference_decoder.words import ByteReader


def decode(patch: bytes, base: bytes, new_bytes: int) -> bytes:
    """Return the new image that `patch` makes of `base`.

    Raises:
        tests.reference_decoder.words.MalformedPatchError: the patch contradicts the format.
    """
    reader = ByteReader(patch)
    mode = read_mode(reader)
    if mode is Mode.STORED:
        return decode_stored(reader, new_bytes)
    if mode is Mode.RUN_LENGTH:
        return decode_runs(reader, base, new_bytes)
    header = read_header(reader, mode, len(base), new_bytes)
    decoder = ArithmeticDecoder(patch, reader.position)
    segments = read_segment_map(decoder, len(base), new_bytes)
    new = ImageDecoder(header, base, segments, decoder).decode(new_bytes)
    decoder.finish()
    return new
