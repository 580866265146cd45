"""The numbered checks in C: each stops its attack, before any flash is touched."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.admission import DeviceFacts, admit_head
from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.status import Status
from device_apply.errors import FormatError, Rejected
from device_apply.flash_model.native import Native
from device_apply.profile import SlotAddressing
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    KEY,
    VERIFIER,
    base_image,
    manifest_for,
    new_image,
    seal,
    small_profile,
)

FULL = manifest_for(PayloadFormat.FULL, new_image(), new_image(), None)
PROFILE = replace(small_profile(), appliers=frozenset({PayloadFormat.FULL}))
SETUP = replace(
    BenchSetup.of(PROFILE),
    layout=replace(
        PROFILE.layout,
        download=replace(PROFILE.layout.download, size_bytes=22 * 512),
        state=replace(PROFILE.layout.state, offset=38 * 512, size_bytes=10 * 512),
    ),
)
VENDOR, OTHER_VENDOR = (vendor_id(PROFILE.vendor), vendor_id("other.example"))
Change = Callable[[Manifest], Manifest]


def bench_for(native: Native, setup: BenchSetup = SETUP) -> Bench:
    bench = Bench(setup, native)
    assert bench.provision(0, base_image(), BASE_COUNTER) is Status.OK
    assert bench.boot() is Status.OK
    return bench


def offer(bench: Bench, manifest: Manifest) -> Status:
    head = seal(manifest)
    bench.trust(head, VERIFIER)
    return bench.offer(head, FRAGMENT_BYTES)


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (
            Status.REJECTED_CLASS,
            lambda m: replace(m, class_id=class_id(OTHER_VENDOR, PROFILE.device_class)),
        ),
        (Status.REJECTED_CLASS, lambda m: replace(m, class_id=class_id(VENDOR, "gateway"))),
        (
            Status.REJECTED_SECURITY_COUNTER,
            lambda m: replace(m, security_counter=BASE_COUNTER - 1),
        ),
        (
            Status.REJECTED_PAYLOAD_FORMAT,
            lambda m: replace(m, payload_format=PayloadFormat.FULL_ZSTD),
        ),
        (
            Status.REJECTED_SIZE,
            lambda m: replace(
                m,
                new_image=SizedDigest(bytes(32), 8 * 512 + 1),
                payload=SizedDigest(bytes(16), 8 * 512 + 1),
            ),
        ),
        (
            Status.REJECTED_SIZE,
            lambda m: replace(
                m, new_image=SizedDigest(bytes(32), 0), payload=SizedDigest(bytes(16), 0)
            ),
        ),
        (Status.REJECTED_SLOT, lambda m: replace(m, slot=1)),
        (Status.OK, lambda m: replace(m, security_counter=BASE_COUNTER)),
    ],
)
def test_a_claim_that_does_not_fit_is_refused(
    native: Native, status: Status, change: Change
) -> None:
    bench = bench_for(native)
    operations = bench.usage().operations

    assert offer(bench, change(FULL)) is status
    assert (bench.usage().operations == operations) == (status is not Status.OK)


@pytest.mark.parametrize(
    ("slot", "status"),
    [(None, Status.REJECTED_SLOT), (0, Status.REJECTED_SLOT), (1, Status.OK)],
)
def test_code_that_runs_in_place_has_to_be_linked_for_the_free_slot(
    native: Native, slot: int | None, status: Status
) -> None:
    per_slot = replace(SETUP.layout, slot_addressing=SlotAddressing.PER_SLOT)
    bench = bench_for(native, replace(SETUP, layout=per_slot))

    assert offer(bench, replace(FULL, slot=slot)) is status


def test_a_signature_by_another_key_is_refused(native: Native) -> None:
    bench = bench_for(native)
    bench.trust(seal(FULL), VERIFIER)
    other = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)

    assert bench.offer(seal(FULL, other), FRAGMENT_BYTES) is Status.REJECTED_SIGNATURE


def test_a_signature_is_checked_with_the_algorithm_it_names(native: Native) -> None:
    """Algorithm confusion: the same 64 bytes under the other algorithm's number."""
    bench = bench_for(native)
    bench.trust(seal(FULL), VERIFIER)
    signature = KEY.sign(signed_bytes(FULL.to_bytes(), CoseAlgorithm.ED25519))
    head = EnvelopeHead.sealed(FULL, CoseAlgorithm.ESP256, signature).to_bytes()

    assert bench.offer(head, FRAGMENT_BYTES) is Status.REJECTED_SIGNATURE


def test_what_is_signed_is_what_python_signs(native: Native) -> None:
    """Trust is given to Python's bytes, so both algorithms' structures have to agree."""
    for algorithm in (CoseAlgorithm.ED25519, CoseAlgorithm.ESP256):
        bench = bench_for(native)
        head = EnvelopeHead.sealed(FULL, algorithm, bytes(64))
        native.lib.bench_trust(bench.handle, algorithm, head.signed_bytes, bytes(64))

        assert bench.offer(head.to_bytes(), FRAGMENT_BYTES) is Status.OK


def python_status(head: bytes) -> type[Rejected] | None:
    facts = DeviceFacts(
        profile=PROFILE,
        running_slot=0,
        running_image=SizedDigest.of(base_image()),
        security_counter=BASE_COUNTER,
    )
    try:
        admit_head(head, VERIFIER, facts)
    except Rejected as rejected:
        return type(rejected)
    return None


def c_status(bench: Bench, head: bytes) -> type[Rejected] | None:
    status = bench.admit(head)
    if status is Status.OK:
        return None
    is_format = status in (Status.REJECTED_FORMAT, Status.REJECTED_MANIFEST_DIGEST)
    return FormatError if is_format else Rejected


HEADS = {
    "integrated": seal(FULL),
    "detached": seal(replace(FULL, payload_uri="update.payload")),
}


@pytest.mark.parametrize("name", HEADS)
def test_every_prefix_and_every_changed_bit_of_a_head_is_refused_as_in_python(
    native: Native, name: str
) -> None:
    bench, head = bench_for(native), HEADS[name]
    bench.trust(head, VERIFIER)
    assert c_status(bench, head) is None
    for size in range(len(head)):
        assert c_status(bench, head[:size]) is FormatError
    assert c_status(bench, head + b"\0") is FormatError
    for at in range(len(head)):
        for bit in range(8):
            changed = bytearray(head)
            changed[at] ^= 1 << bit
            verdict = c_status(bench, bytes(changed))
            assert verdict is not None
            assert verdict is python_status(bytes(changed)), (at, bit)


def test_a_head_over_the_limit_is_refused(native: Native) -> None:
    bench = bench_for(native)

    assert bench.offer(bytes(4097), FRAGMENT_BYTES) is Status.REJECTED_FORMAT
    assert bench.offer(b"", FRAGMENT_BYTES) is Status.REJECTED_FORMAT


def test_a_head_that_the_work_memory_cannot_hold_is_refused(native: Native) -> None:
    bench = bench_for(native, replace(SETUP, work_bytes=len(seal(FULL)) - 1))

    assert offer(bench, FULL) is Status.REJECTED_MEMORY
