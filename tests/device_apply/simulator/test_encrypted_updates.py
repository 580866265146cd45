"""Encrypted updates on the device: decrypted on the way to the decoder, or refused in time."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from device_apply.device_state import DeviceState
from device_apply.errors import PowerCut, Rejected
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.key_store import KeyStore, SimulatedSecureElement
from device_apply.lifecycle import LifecycleState
from device_apply.puf_key_store import FINGERPRINT_BYTES, enrol, start_from_puf
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.wire.chunks import ChunkHashes
from device_apply.wire.delivery import payload_identity
from device_apply.wire.encryption import ContentCipher, Recipient
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from pipeline.encryption.payload_encryption import EncryptionWish, encrypt_payload
from pipeline.encryption.recipients import DeviceKey, RecipientKey, SharedKey
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    VERIFIER,
    Update,
    base_image,
    booted_device,
    crle_patch,
    delta_manifest,
    full_update,
    manifest_for,
    new_image,
    seal,
    small_profile,
    untouched_flash,
)

SHARED = SharedKey(bytes(range(16)))
DEVICE_KEY = ec.derive_private_key(12345, ec.SECP256R1())
RECIPIENTS: dict[str, RecipientKey] = {
    "shared": SHARED,
    "device": DeviceKey(DEVICE_KEY.public_key()),
}
STORES: dict[str, KeyStore] = {
    "shared": SimulatedSecureElement(shared_key=SHARED.key),
    "device": SimulatedSecureElement(private_key=DEVICE_KEY),
}


def encrypted(
    manifest: Manifest,
    payload: bytes,
    cipher: ContentCipher,
    *recipients: str,
    chunk_bytes: int = 0,
) -> Update:
    wish = EncryptionWish(
        cipher=cipher, recipients=tuple(RECIPIENTS[recipient] for recipient in recipients)
    )
    made = encrypt_payload(payload, wish)
    manifest = replace(
        manifest,
        payload=payload_identity(made.ciphertext),
        encryption=made.info,
        chunks=ChunkHashes.of(made.ciphertext, chunk_bytes) if chunk_bytes else None,
    )
    return Update(seal(manifest), made.ciphertext)


def patch(cipher: ContentCipher, *recipients: str, chunk_bytes: int = 0) -> Update:
    payload = crle_patch(base_image(), new_image())
    return encrypted(delta_manifest(), payload, cipher, *recipients, chunk_bytes=chunk_bytes)


def full(cipher: ContentCipher, *recipients: str) -> Update:
    manifest = manifest_for(PayloadFormat.FULL, new_image(), new_image(), None)
    return encrypted(manifest, new_image(), cipher, *recipients)


def device_with(keys: KeyStore | None) -> SimulatedDevice:
    device = SimulatedDevice(small_profile(), VERIFIER, keys)
    device.provision(base_image(), security_counter=BASE_COUNTER)
    device.boot()
    return device


def deliver(device: SimulatedDevice, update: Update) -> None:
    for index in device.missing():
        device.receive(index, update.fragments[index])


@contextmanager
def slot_untouched(device: SimulatedDevice) -> Iterator[None]:
    slot = small_profile().layout.slot_b
    device.bench.protect(slot.offset, slot.size_bytes)
    yield
    assert device.bench.usage().traps == 0


@pytest.mark.parametrize("recipient", RECIPIENTS)
@pytest.mark.parametrize("cipher", ContentCipher)
@pytest.mark.parametrize("make", [patch, full])
def test_an_encrypted_update_runs(
    make: Callable[..., Update], cipher: ContentCipher, recipient: str
) -> None:
    update = make(cipher, recipient)
    device = device_with(STORES[recipient])
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, update)
    device.install()

    assert device.boot().image == SizedDigest.of(new_image())
    device.confirm()
    assert new_image()[:64] not in update.payload


@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_each_of_several_recipients_decrypts(recipient: str) -> None:
    update = patch(ContentCipher.A128GCM, "shared", "device", chunk_bytes=100)
    device = device_with(STORES[recipient])
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, update)
    device.install()

    assert device.boot().image == SizedDigest.of(new_image())


@pytest.mark.parametrize("size", [1, 15, 16, 17, 31, 32, 33, 255, 256, 257])
@pytest.mark.parametrize("cipher", ContentCipher)
def test_payloads_of_any_length_decrypt(cipher: ContentCipher, size: int) -> None:
    """Blocks, fragments and the tag's own length meet in every way."""
    image = random.Random(size).randbytes(size)
    update = encrypted(
        manifest_for(PayloadFormat.FULL, image, image, None), image, cipher, "shared"
    )
    device = device_with(STORES["shared"])
    device.offer(update.head, 17)
    for index in device.missing():
        device.receive(index, update.payload[17 * index :][:17])
    device.install()

    assert device.boot().image == SizedDigest.of(image)


STRANGERS: dict[str, KeyStore | None] = {
    "no store": None,
    "another shared key": SimulatedSecureElement(shared_key=bytes(16)),
    "another private key": SimulatedSecureElement(
        private_key=ec.derive_private_key(7, ec.SECP256R1())
    ),
    "an empty store": SimulatedSecureElement(),
}


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_15_an_update_for_another_key_is_refused_at_the_offer(
    recipient: str, stranger: str
) -> None:
    """Before one byte of the payload costs airtime, and with no flash touched."""
    device = device_with(STRANGERS[stranger])
    update = patch(ContentCipher.A128GCM, recipient)

    with untouched_flash(device), pytest.raises(Rejected, match=r"^encryption"):
        device.offer(update.head, FRAGMENT_BYTES)


class _MistakenStore(SimulatedSecureElement):
    """A store that unwraps, and then uses another content key: a fault of the store."""

    def encrypt_block(self, block: bytes) -> bytes:
        return super().encrypt_block(bytes(b ^ 1 for b in block))


class _DeadStore(SimulatedSecureElement):
    """A store that unwraps, and then fails."""

    def encrypt_block(self, block: bytes) -> bytes:
        raise RuntimeError(f"the bus is stuck at {block[:1].hex()}")


@pytest.mark.parametrize("cipher", ContentCipher)
def test_15_what_another_content_key_gives_never_reaches_a_slot(cipher: ContentCipher) -> None:
    """The tag says so before a decoder gets a byte; in counter mode the rehearsal does."""
    update = patch(cipher, "shared")
    device = device_with(_MistakenStore(shared_key=SHARED.key))
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, update)
    said = r"^encryption" if cipher is ContentCipher.A128GCM else r"^(rehearsal|RAM)"

    with slot_untouched(device), pytest.raises(Rejected, match=said):
        device.install()
    assert device.running_image() == base_image()


def test_a_tag_that_is_not_the_payload_s_is_refused_before_the_decoder() -> None:
    """Signed all the same: somebody encrypted one thing and appended the tag of another."""
    right = patch(ContentCipher.A128GCM, "shared")
    changed = right.payload[:-1] + bytes([right.payload[-1] ^ 1])
    manifest = replace(_manifest_of(right), payload=payload_identity(changed))
    update = Update(seal(manifest), changed)
    device = device_with(STORES["shared"])
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, update)

    with slot_untouched(device), pytest.raises(Rejected, match=r"^encryption"):
        device.install()


def _manifest_of(update: Update) -> Manifest:
    return EnvelopeHead.from_bytes(update.head).manifest


@pytest.mark.parametrize("at", [0, 15, 16, 150, -17, -16, -1])
def test_a_flipped_bit_of_the_ciphertext_leaves_the_slot_alone(at: int) -> None:
    update = patch(ContentCipher.A128GCM, "shared")
    changed = bytearray(update.payload)
    changed[at] ^= 0x10
    device = device_with(STORES["shared"])
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, Update(update.head, bytes(changed)))

    with slot_untouched(device), pytest.raises(Rejected, match=r"^payload"):
        device.install()


def test_a_recipient_that_was_changed_breaks_the_signature() -> None:
    update = patch(ContentCipher.A128CTR, "shared")
    wrapped = _manifest_of(update).encryption
    assert wrapped is not None
    at = update.head.index(wrapped.recipients[0].wrapped_key)
    for offset in range(24):
        changed = bytearray(update.head)
        changed[at + offset] ^= 1
        device = device_with(STORES["shared"])
        with untouched_flash(device), pytest.raises(Rejected):
            device.offer(bytes(changed), FRAGMENT_BYTES)


def test_an_encrypted_update_survives_a_cut_at_every_operation() -> None:
    """Counter mode has no state: whatever was lost, decryption goes on from any byte."""
    update = full(ContentCipher.A128GCM, "device")
    variants = list(CutVariant)
    operation = 0
    while True:
        operation += 1
        device = device_with(STORES["device"])
        device.plan_cut(
            PowerCutPlan(operation=operation, variant=variants[operation % len(variants)], seed=1)
        )
        if _run(device, update):
            break
        device.boot()
        while not _run(device, update):
            device.boot()
        assert device.running_image() == new_image()
    assert operation > 40


def _run(device: SimulatedDevice, update: Update) -> bool:
    """Bring the update to its confirmation; whether the power lasted."""
    state: DeviceState = device.state
    try:
        if state.lifecycle is LifecycleState.TRIAL:
            device.confirm()
        if state.lifecycle is LifecycleState.CONFIRMED:
            return True
        device.offer(update.head, FRAGMENT_BYTES)
        deliver(device, update)
        device.install()
        device.boot()
        device.confirm()
    except PowerCut:
        return False
    return True


class TestKeyStores:
    def test_a_store_gives_its_keys_to_nobody(self) -> None:
        store = SimulatedSecureElement(shared_key=SHARED.key, private_key=DEVICE_KEY)
        public = [name for name in dir(store) if not name.startswith("_")]

        assert sorted(public) == ["encrypt_block", "public_key", "unwrap"]

    def test_without_a_content_key_nothing_is_encrypted(self) -> None:
        with pytest.raises(RuntimeError, match="no content key"):
            SimulatedSecureElement().encrypt_block(bytes(16))

    def test_a_refused_recipient_takes_the_last_content_key_away(self) -> None:
        store = SimulatedSecureElement(shared_key=SHARED.key)
        right = patch(ContentCipher.A128GCM, "shared")
        info = _manifest_of(right).encryption
        assert info is not None
        assert store.unwrap(info.recipients[0])
        assert not store.unwrap(Recipient(key_id=SHARED.key_id, wrapped_key=bytes(24)))

        with pytest.raises(RuntimeError, match="no content key"):
            store.encrypt_block(bytes(16))

    def test_keys_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(ValueError, match="16 bytes"):
            SimulatedSecureElement(shared_key=bytes(15))
        with pytest.raises(ValueError, match="P-256"):
            SimulatedSecureElement(private_key=ec.generate_private_key(ec.SECP384R1()))

    def test_a_dead_store_refuses_the_update_and_the_device_lives(self) -> None:
        update = patch(ContentCipher.A128GCM, "shared")
        device = device_with(_DeadStore(shared_key=SHARED.key))
        device.offer(update.head, FRAGMENT_BYTES)
        deliver(device, update)

        with slot_untouched(device), pytest.raises(RuntimeError, match="bus is stuck"):
            device.install()
        assert device.boot().image == SizedDigest.of(base_image())


class TestPuf:
    FINGERPRINT = random.Random(1).randbytes(FINGERPRINT_BYTES)
    HELPER = enrol(FINGERPRINT, bytes(range(32)))

    def noisy(self, seed: int, noise: float = 0.10) -> bytes:
        rng = random.Random(seed)
        cells = bytearray(self.FINGERPRINT)
        for bit in range(8 * len(cells)):
            if rng.random() < noise:
                cells[bit // 8] ^= 1 << bit % 8
        return bytes(cells)

    def test_a_device_decrypts_with_a_key_that_no_flash_holds(self) -> None:
        store = start_from_puf(self.FINGERPRINT, self.HELPER)
        assert store.public_key is not None
        wish = EncryptionWish(
            cipher=ContentCipher.A128GCM, recipients=(DeviceKey(store.public_key),)
        )
        made = encrypt_payload(new_image(), wish)
        manifest = replace(
            manifest_for(PayloadFormat.FULL, new_image(), new_image(), None),
            payload=payload_identity(made.ciphertext),
            encryption=made.info,
        )
        update = Update(seal(manifest), made.ciphertext)
        device = device_with(start_from_puf(self.noisy(5), self.HELPER))
        device.offer(update.head, FRAGMENT_BYTES)
        deliver(device, update)
        device.install()

        assert device.boot().image == SizedDigest.of(new_image())

    @pytest.mark.parametrize("seed", range(20))
    def test_ten_percent_of_noise_give_the_same_key(self, seed: int) -> None:
        enrolled = start_from_puf(self.FINGERPRINT, self.HELPER).public_key
        started = start_from_puf(self.noisy(seed), self.HELPER).public_key

        assert started == enrolled

    def test_another_chip_has_another_key(self) -> None:
        other = random.Random(2).randbytes(FINGERPRINT_BYTES)
        enrolled = start_from_puf(self.FINGERPRINT, self.HELPER).public_key

        assert start_from_puf(other, self.HELPER).public_key != enrolled

    def test_sizes_that_do_not_belong_together_are_refused(self) -> None:
        with pytest.raises(ValueError, match="a secret has 32 bytes"):
            enrol(self.FINGERPRINT, bytes(31))
        with pytest.raises(ValueError, match="bytes each"):
            start_from_puf(self.FINGERPRINT[1:], self.HELPER)


def test_a_plain_update_needs_no_key_store() -> None:
    device = booted_device()
    device.offer(full_update().head, FRAGMENT_BYTES)
    deliver(device, full_update())
    device.install()

    assert device.boot().image == SizedDigest.of(new_image())
