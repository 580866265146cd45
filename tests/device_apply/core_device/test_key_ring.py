"""The key that a device believes: only the current one names the next, whatever the power does."""

from dataclasses import replace
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.host import Host
from device_apply.core.device.key_ring_bench import KeyRingBench
from device_apply.core.device.status import Status
from device_apply.errors import FormatError
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.profile import Region
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.identifiers import vendor_id
from device_apply.wire.key_change import (
    KeyChange,
    key_change_signed_bytes,
    read_key_change,
    signed_key_change,
)
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    SECTOR_BYTES,
    base_image,
    delta_manifest,
    small_profile,
)

REGION: Final = Region(offset=40 * SECTOR_BYTES, size_bytes=4 * SECTOR_BYTES)
BANK_BYTES: Final = 2 * SECTOR_BYTES
FIRST_NUMBER: Final = 7
KEYS: Final = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(1, 20)]


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def claims(next_key: int) -> KeyChange:
    return KeyChange(
        vendor_id=vendor_id(small_profile().vendor),
        number=FIRST_NUMBER + next_key,
        algorithm=CoseAlgorithm.ED25519,
        key=public_bytes(KEYS[next_key]),
    )


def signed(change: KeyChange, signer: int) -> bytes:
    algorithm = CoseAlgorithm.ED25519
    signature = KEYS[signer].sign(key_change_signed_bytes(change, algorithm))
    return signed_key_change(change, algorithm, signature)


def device() -> tuple[Bench, KeyRingBench, Host]:
    bench = Bench(BenchSetup.of(small_profile()))
    ring = KeyRingBench(bench, REGION, BANK_BYTES)
    host = Host(bench, small_profile(), ring)
    assert bench.provision(0, base_image(), BASE_COUNTER) is Status.OK
    first = public_bytes(KEYS[0])
    assert ring.create(FIRST_NUMBER, CoseAlgorithm.ED25519, first) is Status.OK
    assert bench.boot() is Status.OK
    assert ring.open() is Status.OK
    return bench, ring, host


def held(ring: KeyRingBench) -> int:
    """Which of the keys the device believes."""
    number, key = ring.current
    assert key == public_bytes(KEYS[number - FIRST_NUMBER])
    return number - FIRST_NUMBER


def head(signer: int) -> bytes:
    manifest, algorithm = delta_manifest(), CoseAlgorithm.ED25519
    signature = KEYS[signer].sign(signed_bytes(manifest.to_bytes(), algorithm))
    return EnvelopeHead.sealed(manifest, algorithm, signature).to_bytes()


def test_the_current_key_hands_over_and_is_revoked_by_that() -> None:
    bench, ring, _host = device()
    assert bench.offer(head(signer=1), FRAGMENT_BYTES) is Status.REJECTED_SIGNATURE

    assert ring.change(signed(claims(1), signer=0)) is Status.OK
    assert bench.offer(head(signer=0), FRAGMENT_BYTES) is Status.REJECTED_SIGNATURE
    assert bench.offer(head(signer=1), FRAGMENT_BYTES) is Status.OK

    assert bench.boot() is Status.OK
    assert ring.open() is Status.OK
    assert held(ring) == 1


def test_a_revoked_key_brings_nobody_back() -> None:
    _bench, ring, _host = device()
    ring.change(signed(claims(1), signer=0))

    back = replace(claims(0), number=FIRST_NUMBER + 2)
    assert ring.change(signed(back, signer=0)) is Status.REJECTED_SIGNATURE
    assert ring.change(signed(claims(1), signer=0)) is Status.REJECTED_SIGNATURE
    assert held(ring) == 1


def verified(native: Native, change: KeyChange, signer: int = 0) -> tuple[KeyRingBench, bytes]:
    """A ring whose port holds the signature of this one change for good."""
    bench = Bench(BenchSetup.of(small_profile()), native)
    ring = KeyRingBench(bench, REGION, BANK_BYTES)
    assert ring.create(FIRST_NUMBER, CoseAlgorithm.ED25519, public_bytes(KEYS[0])) is Status.OK
    message = signed(change, signer)
    _, algorithm, signature = read_key_change(message)
    bench.trust_message(algorithm, key_change_signed_bytes(change, algorithm), signature)
    return ring, message


@pytest.mark.parametrize("number", [0, FIRST_NUMBER - 1, FIRST_NUMBER, FIRST_NUMBER + 2, 2**32 - 1])
def test_only_the_next_number_is_taken(native: Native, number: int) -> None:
    """Rule 60c."""
    ring, message = verified(native, replace(claims(1), number=number))

    assert ring.change(message) is Status.REJECTED_SECURITY_COUNTER
    assert held(ring) == 0


def test_a_number_that_was_used_is_not_taken_again(native: Native) -> None:
    """Rule 60c."""
    test_only_the_next_number_is_taken(native, FIRST_NUMBER)


def test_a_key_change_of_another_vendor_is_refused(native: Native) -> None:
    """Rule 60b."""
    ring, message = verified(native, replace(claims(1), vendor_id=vendor_id("other.example")))

    assert ring.change(message) is Status.REJECTED_CLASS
    assert held(ring) == 0


def test_a_key_change_that_the_current_key_did_not_sign_is_refused(native: Native) -> None:
    """Rule 60."""
    ring, _ = verified(native, claims(2))

    assert ring.change(signed(claims(1), signer=1)) is Status.REJECTED_SIGNATURE
    assert held(ring) == 0


def test_every_changed_bit_and_every_prefix_of_a_key_change_is_refused_without_a_write() -> None:
    bench, ring, _host = device()
    message = signed(claims(1), signer=0)
    before = bench.usage()
    for bit in range(8 * len(message)):
        changed = bytearray(message)
        changed[bit // 8] ^= 1 << bit % 8
        assert ring.change(bytes(changed)) in (Status.REJECTED_FORMAT, Status.REJECTED_SIGNATURE)
    for size in range(len(message)):
        assert ring.change(message[:size]) is Status.REJECTED_FORMAT
    assert ring.change(message + b"\0") is Status.REJECTED_FORMAT
    assert bench.usage() == before


def test_the_signature_of_a_manifest_is_none_of_a_key_change() -> None:
    """Each kind of message has a context of its own."""
    _bench, ring, _host = device()
    change, algorithm = claims(1), CoseAlgorithm.ED25519
    signature = KEYS[0].sign(signed_bytes(change.to_bytes(), algorithm))

    message = signed_key_change(change, algorithm, signature)
    assert ring.change(message) is Status.REJECTED_SIGNATURE


@pytest.mark.parametrize("variant", CutVariant)
def test_a_cut_at_every_operation_of_a_key_change_leaves_the_old_key_or_the_new_one(
    variant: CutVariant,
) -> None:
    """Through several banks; the change can be given again after a cut that lost it."""
    operation = 0
    finished = False
    while not finished:
        operation += 1
        bench, ring, _host = device()
        bench.plan_cut(PowerCutPlan(operation=operation, variant=variant, seed=operation))
        current = 0
        finished = True
        while current < 10:
            status = ring.change(signed(claims(current + 1), signer=current))
            if status is Status.POWER_LOST:
                finished = False
                assert bench.boot() is Status.OK
                assert ring.open() is Status.OK
                assert held(ring) in (current, current + 1)
                current = held(ring)
                continue
            assert status is Status.OK
            current += 1
        assert held(ring) == 10
    assert operation > 10


def test_a_device_without_a_key_says_so() -> None:
    bench, ring, _host = device()
    for sector in range(4):
        bench.erase_flash(REGION.offset + sector * SECTOR_BYTES)

    assert ring.open() is Status.STATE_LOST


class TestWire:
    def test_a_key_change_survives_the_round_trip(self) -> None:
        for change in (
            claims(1),
            replace(claims(1), algorithm=CoseAlgorithm.ESP256, key=bytes(range(64))),
        ):
            assert KeyChange.from_bytes(change.to_bytes()) == change
        message = signed(claims(1), signer=0)
        assert read_key_change(message)[0] == claims(1)

    def test_every_prefix_is_refused(self) -> None:
        data = claims(1).to_bytes()
        for size in range(len(data)):
            with pytest.raises(FormatError):
                KeyChange.from_bytes(data[:size])

    def test_a_key_that_devices_do_not_keep_is_refused(self) -> None:
        data = replace(claims(1), algorithm=CoseAlgorithm.ML_DSA_44).to_bytes()

        with pytest.raises(FormatError, match="none that devices keep"):
            KeyChange.from_bytes(data)
