"""The push decoder: any pieces, any budget, saved and restored anywhere, and nothing is trusted."""

import pytest

from device_apply.core.decoder import MemoryScratch, PatchDecoder, PatchNeeds, Ports, Status, decode
from device_apply.errors import ApplyFailed, FormatError
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.encoder.runs import run_length_patch, stored_patch
from tests.pipeline.encoder.synthetic_firmware import feature_update

BASE, NEW = feature_update(count=40)
PATCHES = {
    **{tier.value: encode(BASE, NEW, EncoderOptions(tier=tier)).patch for tier in Tier},
    "run-length": run_length_patch(BASE, NEW),
    "stored": stored_patch(NEW),
}


class _Device:
    """A base image, a place for the new one, and scratch flash."""

    def __init__(self, *, scratch_bytes: int = 1 << 16) -> None:
        self.new = bytearray()
        self.scratch = MemoryScratch(scratch_bytes)

    def _write(self, offset: int, data: bytes) -> None:
        assert offset == len(self.new)
        self.new += data

    def decoder(self, patch: bytes, *, memory_bytes: int | None = None) -> PatchDecoder:
        ports = Ports(
            read_base=lambda offset, count: BASE[offset : offset + count],
            write_new=self._write,
            read_new=lambda offset, count: bytes(self.new[offset : offset + count]),
            scratch=self.scratch if self.scratch.size_bytes else None,
        )
        if memory_bytes is None:
            memory_bytes = PatchNeeds.of(patch).memory_bytes
        return PatchDecoder(
            ports,
            base_size=len(BASE),
            new_size=len(NEW),
            patch_size=len(patch),
            memory_bytes=memory_bytes,
        )


@pytest.mark.parametrize("name", PATCHES)
@pytest.mark.parametrize("piece_bytes", [1, 7, 64, 10_000])
def test_the_size_of_the_pieces_does_not_matter(name: str, piece_bytes: int) -> None:
    patch = PATCHES[name]
    device = _Device()
    decoder = device.decoder(patch)

    statuses = [
        decoder.push(patch[at : at + piece_bytes]) for at in range(0, len(patch), piece_bytes)
    ]

    assert bytes(device.new) == NEW
    assert statuses[-1] is Status.DONE
    assert set(statuses[:-1]) <= {Status.NEED_INPUT}
    assert decoder.written_bytes == len(NEW)


@pytest.mark.parametrize("name", PATCHES)
def test_the_size_of_the_slices_does_not_matter(name: str) -> None:
    patch = PATCHES[name]
    device = _Device()
    decoder = device.decoder(patch)
    position = 0
    status = Status.NEED_INPUT
    while status is not Status.DONE:
        position += decoder.feed(patch[position:])
        status = decoder.step(17)

    assert bytes(device.new) == NEW


@pytest.mark.parametrize("name", ["tiny", "standard", "run-length", "stored"])
def test_the_state_can_be_saved_and_moved_at_every_byte(name: str) -> None:
    patch = PATCHES[name]
    device = _Device()
    decoder = device.decoder(patch)

    for at in range(len(patch)):
        decoder.push(patch[at : at + 1])
        decoder.restore(decoder.save())

    assert bytes(device.new) == NEW


def test_a_map_that_does_not_fit_in_memory_goes_to_scratch_flash() -> None:
    patch = PATCHES["tiny"]
    device = _Device()
    device.decoder(patch).push(patch)

    assert bytes(device.new) == NEW
    assert device.scratch.read(0, 64) != b"\xff" * 64


def test_a_map_that_fits_nowhere_is_refused() -> None:
    patch = PATCHES["tiny"]

    with pytest.raises(ApplyFailed, match="too small"):
        _Device(scratch_bytes=0).decoder(patch).push(patch)


def test_memory_below_the_tier_is_refused() -> None:
    patch = PATCHES["tiny"]
    decoder = _Device().decoder(patch, memory_bytes=PatchNeeds.of(patch).memory_bytes - 8)

    with pytest.raises(ApplyFailed, match="too small"):
        decoder.push(patch)


@pytest.mark.parametrize("name", PATCHES)
def test_no_prefix_decodes_to_the_new_image(name: str) -> None:
    patch = PATCHES[name]
    for size in range(0, len(patch), max(1, len(patch) // 300)):
        try:
            result = decode(patch[:size], BASE, len(NEW))
        except FormatError:
            continue
        assert result != NEW


@pytest.mark.parametrize("name", PATCHES)
def test_bytes_behind_the_patch_are_refused(name: str) -> None:
    with pytest.raises(FormatError):
        decode(PATCHES[name] + b"\0", BASE, len(NEW))


@pytest.mark.parametrize("name", PATCHES)
def test_a_wrong_size_of_the_new_image_is_refused(name: str) -> None:
    with pytest.raises(FormatError):
        decode(PATCHES[name], BASE, len(NEW) + 1000)


@pytest.mark.parametrize("first", [0x00, 0x20, 0x15, 0x1F, 0xFF])
def test_an_unknown_version_or_mode_is_refused(first: int) -> None:
    with pytest.raises(FormatError):
        decode(bytes([first]) + PATCHES["tiny"][1:], BASE, len(NEW))


def test_more_patch_than_announced_is_refused() -> None:
    patch = PATCHES["stored"]
    decoder = _Device().decoder(patch)
    decoder.push(patch)

    with pytest.raises(FormatError):
        decoder.feed(b"more")


def test_a_failing_port_ends_the_decoding_with_its_own_error() -> None:
    patch = PATCHES["tiny"]

    def fail(_offset: int, _count: int) -> bytes:
        raise OSError("flash does not answer")

    ports = Ports(read_base=fail, write_new=lambda _offset, _data: None)
    decoder = PatchDecoder(
        ports, base_size=len(BASE), new_size=len(NEW), patch_size=len(patch), memory_bytes=1 << 20
    )

    with pytest.raises(OSError, match="does not answer"):
        decoder.push(patch)
