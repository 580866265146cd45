"""Rollback: back to an older image only where the vendor signed who may go back, and to what."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.admission import DeviceFacts, admit_head
from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.errors import FormatError, Rejected
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.profile import SlotAddressing
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.rollback import (
    RollbackAuthorisation,
    RollbackClaims,
    rollback_signed_bytes,
)
from device_apply.wire.suit import SizedDigest
from tests.device_apply.core_device.small_case import PAGES, SMALL, confirmed
from tests.device_apply.small_device import (
    BASE_COUNTER,
    KEY,
    NEW_COUNTER,
    VERIFIER,
    full_update,
    small_profile,
)

DEVICE_ID = bytes(range(100, 116))
OLDER = full_update(SMALL.base, security_counter=BASE_COUNTER)
"""The release before the one that the devices of these tests run."""
MANIFEST = EnvelopeHead.from_bytes(OLDER.head).manifest
CLAIMS = RollbackClaims(
    class_id=MANIFEST.class_id,
    image_digest=MANIFEST.new_image.digest,
    image_counter=BASE_COUNTER,
    highest_replaced_counter=NEW_COUNTER,
)
OTHERS: dict[str, Callable[[RollbackClaims], RollbackClaims]] = {
    "device class": lambda c: replace(c, class_id=class_id(vendor_id("vendor.example"), "gateway")),
    "image": lambda c: replace(c, image_digest=bytes(32)),
    "security counter": lambda c: replace(c, image_counter=BASE_COUNTER - 1),
    "device": lambda c: replace(c, device_id=bytes(16)),
}


def authorised_head(
    claims: RollbackClaims, key: Ed25519PrivateKey = KEY, head: bytes = OLDER.head
) -> bytes:
    algorithm = CoseAlgorithm.ED25519
    signature = key.sign(rollback_signed_bytes(claims, algorithm))
    rollback = RollbackAuthorisation(claims=claims, algorithm=algorithm, signature=signature)
    return replace(EnvelopeHead.from_bytes(head), rollback=rollback).to_bytes()


def updated_device(native: Native, head: bytes) -> Bench:
    """A device that runs the newer release and trusts what the vendor signed in `head`."""
    bench = confirmed(native)
    assert bench.state().security_counter == NEW_COUNTER
    bench.identify(DEVICE_ID)
    bench.trust(head, VERIFIER)
    return bench


def install(bench: Bench, head: bytes) -> None:
    assert bench.offer(head, SMALL.fragment_bytes) is Status.OK
    assert bench.deliver(OLDER.payload, SMALL.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK


@pytest.mark.parametrize("device_id", [None, DEVICE_ID])
def test_an_authorised_device_goes_back_and_its_counter_with_it(
    native: Native, device_id: bytes | None
) -> None:
    head = authorised_head(replace(CLAIMS, device_id=device_id))
    bench = updated_device(native, head)
    install(bench, head)
    assert bench.boot() is Status.OK
    assert bench.state().security_counter == NEW_COUNTER
    assert bench.confirm() is Status.OK

    assert bench.state().security_counter == BASE_COUNTER
    assert bench.boot() is Status.OK
    assert bench.slot_is(bench.running_slot(), SMALL.base)


def test_an_older_image_without_authorisation_is_refused(native: Native) -> None:
    bench = updated_device(native, OLDER.head)

    assert bench.offer(OLDER.head, SMALL.fragment_bytes) is Status.REJECTED_SECURITY_COUNTER


def test_an_authorisation_by_another_key_is_refused(native: Native) -> None:
    """Rule 35."""
    bench = updated_device(native, authorised_head(CLAIMS))
    head = authorised_head(CLAIMS, Ed25519PrivateKey.from_private_bytes(b"\1" * 32))

    assert bench.offer(head, SMALL.fragment_bytes) is Status.REJECTED_SECURITY_COUNTER


def test_a_manifest_s_signature_is_none_of_an_authorisation(native: Native) -> None:
    """The signature is the vendor's, over other bytes."""
    envelope = EnvelopeHead.from_bytes(OLDER.head)
    rollback = RollbackAuthorisation(
        claims=CLAIMS, algorithm=CoseAlgorithm.ED25519, signature=envelope.signature
    )
    bench = updated_device(native, OLDER.head)
    head = replace(envelope, rollback=rollback).to_bytes()

    assert bench.offer(head, SMALL.fragment_bytes) is Status.REJECTED_SECURITY_COUNTER


def require_refusal(native: Native, what: str) -> None:
    head = authorised_head(OTHERS[what](CLAIMS))
    bench = updated_device(native, head)
    operations = bench.usage().operations

    assert bench.offer(head, SMALL.fragment_bytes) is Status.REJECTED_SECURITY_COUNTER
    assert bench.usage().operations == operations


def test_an_authorisation_for_another_image_is_refused(native: Native) -> None:
    """Rule 35b."""
    require_refusal(native, "image")
    require_refusal(native, "security counter")


def test_an_authorisation_for_another_device_class_is_refused(native: Native) -> None:
    """Rule 35c."""
    require_refusal(native, "device class")


def test_an_authorisation_for_another_device_is_refused(native: Native) -> None:
    """Rule 35d."""
    require_refusal(native, "device")


def test_a_device_without_identity_takes_no_authorisation_for_one(native: Native) -> None:
    head = authorised_head(replace(CLAIMS, device_id=DEVICE_ID))
    bench = confirmed(native)
    bench.trust(head, VERIFIER)

    assert bench.offer(head, SMALL.fragment_bytes) is Status.REJECTED_SECURITY_COUNTER


def test_a_later_release_ends_an_authorisation(native: Native) -> None:
    """Rule 35e."""
    head = authorised_head(replace(CLAIMS, highest_replaced_counter=NEW_COUNTER - 1))
    bench = updated_device(native, head)

    assert bench.offer(head, SMALL.fragment_bytes) is Status.REJECTED_SECURITY_COUNTER


def test_a_failed_trial_of_the_older_image_leaves_counter_and_image(native: Native) -> None:
    head = authorised_head(CLAIMS)
    bench = updated_device(native, head)
    install(bench, head)
    for _ in range(4):
        assert bench.boot() is Status.OK

    assert bench.state().security_counter == NEW_COUNTER
    assert bench.slot_is(bench.running_slot(), SMALL.new_image)


def test_an_authorisation_does_not_count_in_recovery(native: Native) -> None:
    """Rule 34: what worked last decides there."""
    head = authorised_head(CLAIMS)
    bench = updated_device(native, head)
    layout = SMALL.setup().layout
    for slot in (layout.slot_a, layout.slot_b):
        bench.erase_flash(slot.offset)
    assert bench.boot() is Status.NOTHING_BOOTS
    data = head + OLDER.payload
    assert bench.begin_recovery(len(data)) is Status.OK
    operations = bench.usage().operations

    assert bench.recover_from(data) is Status.REJECTED_SECURITY_COUNTER
    assert bench.usage().operations == operations


def test_a_cut_at_every_operation_of_its_confirmation_keeps_counter_and_image_together(
    native: Native,
) -> None:
    head = authorised_head(CLAIMS)
    for variant in CutVariant:
        for seed in range(3):
            bench = updated_device(native, head)
            install(bench, head)
            assert bench.boot() is Status.OK
            bench.plan_cut(PowerCutPlan(operation=1, variant=variant, seed=seed))
            assert bench.confirm() is Status.POWER_LOST
            assert bench.boot() is Status.OK
            is_confirmed = bench.state().security_counter == BASE_COUNTER
            assert bench.slot_is(bench.running_slot(), SMALL.base)
            assert is_confirmed == (bench.confirm() is Status.OK and is_confirmed)
            assert bench.state().security_counter == BASE_COUNTER


def python_verdict(head: bytes) -> type[Rejected] | None:
    profile = small_profile(slot_addressing=SlotAddressing.REMAP)
    facts = DeviceFacts(
        profile=profile,
        running_slot=1,
        running_image=SizedDigest.of(SMALL.new_image),
        security_counter=NEW_COUNTER,
        device_id=DEVICE_ID,
    )
    try:
        admit_head(head, VERIFIER, facts)
    except Rejected as rejected:
        return type(rejected)
    return None


def c_verdict(bench: Bench, head: bytes) -> type[Rejected] | None:
    status = bench.admit(head)
    if status is Status.OK:
        return None
    is_format = status in (Status.REJECTED_FORMAT, Status.REJECTED_MANIFEST_DIGEST)
    return FormatError if is_format else Rejected


@pytest.mark.parametrize("device_id", [None, DEVICE_ID])
def test_every_prefix_and_every_changed_bit_is_refused_as_in_python(
    native: Native, device_id: bytes | None
) -> None:
    head = authorised_head(replace(CLAIMS, device_id=device_id))
    bench = updated_device(native, head)
    assert c_verdict(bench, head) is None
    assert python_verdict(head) is None
    for size in range(len(head)):
        assert c_verdict(bench, head[:size]) is FormatError
    for at in range(len(head)):
        for bit in range(8):
            changed = bytearray(head)
            changed[at] ^= 1 << bit
            verdict = c_verdict(bench, bytes(changed))
            assert verdict is not None
            assert verdict is python_verdict(bytes(changed)), (at, bit)


@pytest.mark.parametrize("what", OTHERS)
def test_the_host_refuses_with_the_same_reason(what: str) -> None:
    head = authorised_head(OTHERS[what](CLAIMS))
    facts = DeviceFacts(
        profile=small_profile(),
        running_slot=1,
        running_image=SizedDigest.of(SMALL.new_image),
        security_counter=NEW_COUNTER,
        device_id=DEVICE_ID,
    )
    with pytest.raises(Rejected, match=f"it is for another {what}"):
        admit_head(head, VERIFIER, facts)
    ended = authorised_head(replace(CLAIMS, highest_replaced_counter=NEW_COUNTER - 1))
    with pytest.raises(Rejected, match="it ends at security counter 3, the device has 4"):
        admit_head(ended, VERIFIER, facts)


def test_one_authorisation_that_is_good_is_no_harm_where_it_is_not_needed(native: Native) -> None:
    head = authorised_head(CLAIMS)
    bench = PAGES.bench(native)
    bench.trust(head, VERIFIER)
    assert bench.boot() is Status.OK

    assert bench.offer(head, PAGES.fragment_bytes) is Status.OK
