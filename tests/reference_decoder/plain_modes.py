"""Patches without a model: the new image itself, or runs. Sections 1 and 3."""

from tests.reference_decoder.words import ByteReader, MalformedPatchError


def decode_stored(reader: ByteReader, new_bytes: int) -> bytes:
    """Return the bytes that follow."""
    new = bytes(reader.byte() for _ in range(new_bytes))
    _check_end(reader)
    return new


def decode_runs(reader: ByteReader, base: bytes, new_bytes: int) -> bytes:
    """Return what alternating copied and replaced runs make."""
    new = bytearray()
    is_copied = True
    while len(new) < new_bytes:
        count = reader.number()
        if count > new_bytes - len(new) or (is_copied and count > max(len(base) - len(new), 0)):
            raise MalformedPatchError("a run reaches outside its image")
        if is_copied:
            new += base[len(new) : len(new) + count]
        else:
            new += bytes(reader.byte() for _ in range(count))
        is_copied = not is_copied
    _check_end(reader)
    return bytes(new)


def _check_end(reader: ByteReader) -> None:
    if not reader.is_at_end:
        raise MalformedPatchError("bytes follow the end of the image")
