"""The format has two decoders that share no code: the C library and this executable document."""

import hashlib
import json
import os
import random
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path

import pytest

from device_apply.core import decoder as core
from device_apply.errors import FormatError
from pipeline.encoder.encoder import encode
from pipeline.encoder.header import ArchitectureNumber, Mode
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.encoder.runs import run_length_patch, stored_patch
from tests.reference_decoder.arithmetic import ArithmeticDecoder
from tests.reference_decoder.decoder import decode
from tests.reference_decoder.random_update import random_update
from tests.reference_decoder.words import MalformedPatchError

REPOSITORY = Path(__file__).parents[2]
VECTORS = REPOSITORY / "tests" / "device_apply" / "core" / "vectors"
CASES = json.loads((VECTORS / "vectors.json").read_text())
IMAGES = REPOSITORY / "sample_firmware" / "images"
CODED_MODES = (Mode.TINY, Mode.STANDARD, Mode.LARGE)
QUICK_PAIRS = (
    ("sensor-node-cm3-1.2.0.bin", "sensor-node-cm3-2.0.0.bin"),
    ("sensor-node-rv32-1.1.0.bin", "sensor-node-rv32-1.0.0.bin"),
)
CORPUS_BYTES = {Tier.TINY: 450_000, Tier.STANDARD: 450_000, Tier.LARGE: 60_000}
"""Larger pairs take plain Python too long: minutes per pair."""


@pytest.mark.parametrize("case", CASES, ids=[case["patch"] for case in CASES])
def test_a_kept_patch_decodes_by_the_document(case: dict[str, str | int]) -> None:
    base = (VECTORS / str(case["base"])).read_bytes()
    patch = (VECTORS / str(case["patch"])).read_bytes()

    new = decode(patch, base, int(case["new_size"]))

    assert hashlib.sha256(new).hexdigest() == case["new_sha256"]


@pytest.mark.parametrize("tier", [Tier.TINY, Tier.STANDARD])
@pytest.mark.parametrize(("base_name", "new_name"), QUICK_PAIRS)
def test_sample_firmware_decodes_by_the_document(base_name: str, new_name: str, tier: Tier) -> None:
    _check_pair(IMAGES / base_name, IMAGES / new_name, tier)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("mode", CODED_MODES)
@pytest.mark.parametrize("architecture", list(ArchitectureNumber))
def test_a_random_update_decodes_by_the_document(
    architecture: ArchitectureNumber, mode: Mode, seed: int
) -> None:
    rng = random.Random(f"{architecture}{mode}{seed}")
    update = random_update(mode, architecture, rng, size=900)
    patch = update.encode()

    assert core.decode(patch, update.base, len(update.new)) == update.new
    assert decode(patch, update.base, len(update.new)) == update.new


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("architecture", list(ArchitectureNumber))
def test_what_the_encoder_chooses_decodes_by_the_document(
    architecture: ArchitectureNumber, tier: Tier
) -> None:
    update = random_update(tier.mode, architecture, random.Random(architecture), size=1000)
    layout = update.header.layout
    addresses = (layout.base[0].address, layout.new[0].address) if layout else (0, 0)
    options = EncoderOptions(tier=tier, architecture=architecture, load_addresses=addresses)
    patch = encode(update.base, update.new, options).patch

    assert decode(patch, update.base, len(update.new)) == update.new


@pytest.mark.parametrize("size", [0, 1, 700])
def test_modes_without_a_model_decode_by_the_document(size: int) -> None:
    rng = random.Random(size)
    base = rng.randbytes(500)
    new = bytearray(base[:size].ljust(size, b"\7"))
    for _ in range(min(size, 5)):
        new[rng.randrange(size)] ^= 0xFF
    stored, runs = stored_patch(bytes(new)), run_length_patch(base, bytes(new))

    assert decode(stored, base, size) == new
    assert decode(runs, base, size) == new


@pytest.mark.parametrize("mode", [Mode.TINY, Mode.STANDARD])
@pytest.mark.parametrize("architecture", list(ArchitectureNumber))
def test_a_damaged_patch_has_the_same_outcome(architecture: ArchitectureNumber, mode: Mode) -> None:
    rng = random.Random(f"{architecture}{mode}")
    update = random_update(mode, architecture, rng, size=400)
    damaged = _damaged_copies(update.encode(), rng, count=12)

    here = [_outcome(decode, patch, update.base, len(update.new)) for patch in damaged]
    in_c = [_outcome(core.decode, patch, update.base, len(update.new)) for patch in damaged]

    assert here == in_c


@pytest.mark.parametrize("mode", CODED_MODES)
def test_a_damaged_header_has_the_same_outcome(mode: Mode) -> None:
    rng = random.Random(mode)
    here, in_c = [], []
    for _ in range(60):
        update = random_update(mode, ArchitectureNumber.THUMB, rng, size=60)
        damaged = bytearray(update.encode())
        damaged[rng.randrange(len(update.header.to_bytes()))] = rng.getrandbits(8)
        here.append(_outcome(decode, bytes(damaged), update.base, len(update.new)))
        in_c.append(_outcome(core.decode, bytes(damaged), update.base, len(update.new)))

    assert here == in_c
    assert any(outcome is not None for outcome in in_c)
    assert any(outcome is None for outcome in in_c)


def test_a_unit_of_more_than_64_bytes_is_rejected() -> None:
    decoder = ArithmeticDecoder(bytes(200), 0)
    for _ in range(32):
        assert decoder.bit(1)
    decoder.end_unit()
    for _ in range(33):
        decoder.bit(1)

    with pytest.raises(MalformedPatchError, match="too many bytes"):
        decoder.end_unit()


def test_a_damaged_run_length_patch_has_the_same_outcome() -> None:
    rng = random.Random(5)
    base = rng.randbytes(600)
    new = base[:200] + b"new" + base[203:600] + b"end"
    patches = _damaged_copies(run_length_patch(base, new), rng, count=400)
    patches += [b"\x11\x80\x80\x80\x80\x10" + patch[1:] for patch in patches[:50]]

    here = [_outcome(decode, patch, base, len(new)) for patch in patches]
    in_c = [_outcome(core.decode, patch, base, len(new)) for patch in patches]

    assert here == in_c
    assert any(outcome is not None for outcome in in_c)
    assert any(outcome is None for outcome in in_c)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_more_random_updates_decode_by_the_document(seed: int) -> None:
    rng = random.Random(seed)
    for architecture, mode in product(ArchitectureNumber, CODED_MODES):
        update = random_update(mode, architecture, rng, size=rng.choice((300, 2000)))
        patch = update.encode()

        assert decode(patch, update.base, len(update.new)) == update.new, (architecture, mode)


@pytest.mark.slow
@pytest.mark.parametrize("tier", list(Tier))
def test_real_firmware_decodes_by_the_document(tier: Tier) -> None:
    """Pairs of the folder AIRDELTA_CORPUS, or of the sample firmware if it is not set."""
    for base, new in _corpus_pairs(CORPUS_BYTES[tier]):
        _check_pair(base, new, tier)


def _check_pair(base_path: Path, new_path: Path, tier: Tier) -> None:
    base, new = base_path.read_bytes(), new_path.read_bytes()
    patch = encode(base, new, EncoderOptions(tier=tier)).patch

    assert core.decode(patch, base, len(new)) == new
    assert decode(patch, base, len(new)) == new, (base_path, new_path)


def _corpus_pairs(most_bytes: int) -> list[tuple[Path, Path]]:
    corpus = os.environ.get("AIRDELTA_CORPUS")
    if corpus is None:
        names = sorted(IMAGES.glob("sensor-node-cm3-[0-9]*.bin"))
        return [*pairwise(names), *pairwise(sorted(IMAGES.glob("sensor-node-rv32-*.bin")))]
    folders = sorted(path for path in Path(corpus).iterdir() if path.is_dir())
    pairs = [(folder / "base.bin", folder / "new.bin") for folder in folders]
    return [(base, new) for base, new in pairs if new.stat().st_size <= most_bytes]


def _damaged_copies(patch: bytes, rng: random.Random, *, count: int) -> list[bytes]:
    """Return copies with changed, missing or added bytes; the first is whole."""
    copies = [patch]
    for _ in range(count):
        copy = bytearray(patch)
        for _ in range(rng.choice((1, 1, 3))):
            copy[rng.randrange(1, len(copy))] = rng.getrandbits(8)
        if rng.random() < 0.2:
            del copy[rng.randrange(1, len(copy)) :]
        if rng.random() < 0.1:
            copy += rng.randbytes(rng.randrange(1, 5))
        copies.append(bytes(copy))
    return copies


def _outcome(
    decoder: Callable[[bytes, bytes, int], bytes], patch: bytes, base: bytes, new_size: int
) -> bytes | None:
    """Return the image, or None where the patch is rejected."""
    try:
        return decoder(patch, base, new_size)
    except (FormatError, MalformedPatchError):
        return None
