import random
import zlib

import pytest

from pipeline.images.entropy import entropy_bits_per_byte, looks_encrypted_or_compressed


def random_bytes(size: int) -> bytes:
    return random.Random(1).randbytes(size)


@pytest.mark.parametrize(
    ("data", "bits"),
    [(b"", 0), (b"aaaa", 0), (b"abab", 1), (b"aabc", 1.5), (bytes(range(256)), 8)],
)
def test_entropy_of_known_distributions(data: bytes, bits: float) -> None:
    assert entropy_bits_per_byte(data) == pytest.approx(bits)


@pytest.mark.parametrize("size", [16 * 1024, 100_000])
def test_random_bytes_look_encrypted_from_16_kib_on(size: int) -> None:
    assert looks_encrypted_or_compressed(random_bytes(size))
    assert not looks_encrypted_or_compressed(random_bytes(16 * 1024 - 1))


def test_compressed_text_looks_compressed() -> None:
    words = random_bytes(60_000).hex().encode()

    assert looks_encrypted_or_compressed(zlib.compress(words))
    assert not looks_encrypted_or_compressed(words)


def test_an_image_with_half_of_it_random_does_not() -> None:
    assert not looks_encrypted_or_compressed(random_bytes(50_000) + b"\xff" * 50_000)
