"""Every one-byte change and every prefix of a small package is rejected, by host and by device."""

from collections.abc import Iterator

import pytest

from device_apply.errors import Rejected
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.simulator.board import Board
from device_apply.trust import TrustAnchors
from device_apply.wire.envelope import split_package
from pipeline.images.reader import read_image
from pipeline.keys.key_files import load_public_key
from pipeline.packaging.update_package import UpdatePackage, read_package, verify_package
from pipeline.rehearsal.bench import set_up
from tests.system.workshop import Workshop

CHANGES = (0x01, 0x80, 0xFF)


@pytest.fixture(scope="module")
def package(shop: Workshop) -> bytes:
    return shop.package.read_bytes()


@pytest.fixture(scope="module")
def trust(shop: Workshop) -> TrustAnchors:
    return TrustAnchors([load_public_key(shop.trust)])


def variants(package: bytes) -> Iterator[bytes]:
    for position in range(len(package)):
        for change in CHANGES:
            changed = bytearray(package)
            changed[position] ^= change
            yield bytes(changed)
    for size in range(len(package)):
        yield package[:size]
    yield package + b"\0"


def test_the_host_rejects_every_change(package: bytes, trust: TrustAnchors) -> None:
    for changed in variants(package):
        with pytest.raises(Rejected):
            _verify_on_host(changed, trust)
    _verify_on_host(package, trust)


def test_a_device_rejects_every_change_of_the_head_and_touches_no_flash(
    shop: Workshop, trust: TrustAnchors
) -> None:
    board, package = _board(shop, trust)
    before = board.device.usage

    for changed in variants(package.head_bytes):
        with pytest.raises(Rejected):
            board.device.offer(changed, 256)

    assert board.device.usage == before


def test_a_device_rejects_every_change_of_the_payload_and_keeps_its_image(
    shop: Workshop, trust: TrustAnchors
) -> None:
    board, package = _board(shop, trust)
    image = board.device.running_image()
    payload = package.payload

    for position in range(0, len(payload), max(1, len(payload) // 40)):
        changed = bytearray(payload)
        changed[position] ^= 0x40
        board.device.offer(package.head_bytes, 256)
        for index in board.device.missing():
            board.device.receive(index, bytes(changed[index * 256 :][:256]))
        with pytest.raises(Rejected, match="payload"):
            board.device.install()
        assert board.reset().slot == 0
        assert board.device.running_image() == image


def _verify_on_host(data: bytes, trust: TrustAnchors) -> None:
    head, head_bytes, payload = split_package(data)
    assert payload is not None
    verify_package(UpdatePackage(head=head, head_bytes=head_bytes, payload=payload), trust)


def _board(shop: Workshop, trust: TrustAnchors) -> tuple[Board, UpdatePackage]:
    package = read_package(shop.package)
    profile = parse_profile(builtin_profile_text("generic"))
    return set_up(read_image(shop.base), package.head.manifest, profile, trust), package
