"""One manifest for many bases: each device takes the payload for what it runs."""

from dataclasses import replace
from random import Random

import pytest

from device_apply.admission import DeviceFacts, admit_head
from device_apply.errors import Rejected
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.wire.delivery import payload_identity
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.manifest import Manifest, PatchFor
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    VERIFIER,
    crle_patch,
    manifest_for,
    new_image,
    seal,
    small_profile,
    untouched_flash,
)

FORMAT = PayloadFormat.DETOOLS_SEQUENTIAL_CRLE
FULL_URI = "full.payload"


def release(number: int) -> bytes:
    """Return the image of an older release: the new one, changed here and there."""
    image, random = bytearray(new_image()), Random(number)
    for _ in range(3 + number):
        image[random.randrange(len(image))] ^= 0x55
    return bytes(image)


BASES = sorted((release(number) for number in range(3)), key=lambda b: SizedDigest.of(b).digest)
UNKNOWN = release(9)


def uri_for(base: bytes) -> str:
    return f"{SizedDigest.of(base).short}.patch" if base in BASES else FULL_URI


PAYLOADS = {uri_for(base): crle_patch(base, new_image()) for base in BASES} | {
    FULL_URI: new_image()
}


def one_manifest() -> Manifest:
    full = manifest_for(PayloadFormat.FULL, new_image(), new_image(), None)
    patches = tuple(
        PatchFor(
            base_digest=SizedDigest.of(base).digest,
            payload_format=FORMAT,
            payload=payload_identity(PAYLOADS[uri_for(base)]),
            payload_uri=uri_for(base),
        )
        for base in BASES
    )
    return replace(full, payload_uri=FULL_URI, patches=patches)


def device_with(running: bytes) -> SimulatedDevice:
    device = SimulatedDevice(small_profile(), VERIFIER)
    device.provision(running, security_counter=BASE_COUNTER)
    device.boot()
    return device


def deliver(device: SimulatedDevice, payload: bytes) -> None:
    for index in device.missing():
        device.receive(index, payload[index * FRAGMENT_BYTES :][:FRAGMENT_BYTES])


@pytest.mark.parametrize("running", [*BASES, UNKNOWN], ids=["first", "second", "third", "unknown"])
def test_three_bases_take_their_patches_and_an_unknown_one_the_full_image(running: bytes) -> None:
    head = seal(one_manifest())
    wanted = one_manifest().for_base(SizedDigest.of(running).digest)
    device = device_with(running)

    device.offer(head, FRAGMENT_BYTES)
    payload = PAYLOADS[wanted.payload_uri]
    assert wanted.payload_uri == uri_for(running)
    assert len(device.missing()) == -(-len(payload) // FRAGMENT_BYTES)
    deliver(device, payload)
    device.install()

    assert device.boot().image == SizedDigest.of(new_image())


@pytest.mark.parametrize("running", [BASES[0], UNKNOWN], ids=["known", "unknown"])
def test_the_payload_for_another_base_is_refused(running: bytes) -> None:
    device = device_with(running)
    device.offer(seal(one_manifest()), FRAGMENT_BYTES)
    own = PAYLOADS[uri_for(running)]
    other = PAYLOADS[uri_for(BASES[1])]
    deliver(device, other[: len(own)].ljust(len(own), b"\0"))

    with pytest.raises(Rejected, match=r"^payload"):
        device.install()
    assert device.boot().image == SizedDigest.of(running)


def test_a_patch_that_the_device_cannot_apply_is_refused_though_the_full_image_fits() -> None:
    """The vendor chose the patch for this base; the device does not choose again."""
    manifest = one_manifest()
    foreign = replace(manifest.patches[0], payload_format=PayloadFormat.BSDIFF4)
    head = seal(replace(manifest, patches=(foreign, *manifest.patches[1:])))
    device = device_with(BASES[0])

    with untouched_flash(device), pytest.raises(Rejected, match="no applier for bsdiff4"):
        device.offer(head, FRAGMENT_BYTES)


@pytest.mark.parametrize("running", [*BASES, UNKNOWN])
def test_the_host_s_checks_are_of_the_same_payload(running: bytes) -> None:
    facts = DeviceFacts(
        profile=small_profile(),
        running_slot=0,
        running_image=SizedDigest.of(running),
        security_counter=BASE_COUNTER,
    )
    head = admit_head(seal(one_manifest()), VERIFIER, facts)

    assert head.manifest.for_base(facts.running_image.digest).payload_uri == uri_for(running)


def test_a_manifest_survives_in_an_envelope_with_every_base() -> None:
    head = EnvelopeHead.from_bytes(seal(one_manifest()))

    assert head.manifest == one_manifest()
    assert head.integrated_payload_size is None
