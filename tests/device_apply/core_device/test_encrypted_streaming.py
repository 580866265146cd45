"""A payload that is decrypted and decoded while it is downloaded: chunk by chunk, from anywhere."""

from dataclasses import replace

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.host import Host
from device_apply.core.device.native import installed_bench
from device_apply.core.device.status import Status
from device_apply.key_store import KeyStore, SimulatedSecureElement
from device_apply.wire.chunks import MAX_HASH_BYTES, ChunkHashes
from device_apply.wire.delivery import payload_identity
from device_apply.wire.encryption import ContentCipher
from device_apply.wire.payload_format import PayloadFormat
from pipeline.encryption.payload_encryption import EncryptionWish, encrypt_payload
from pipeline.encryption.recipients import SharedKey
from tests.device_apply.core_device.scenarios import SCENARIOS
from tests.device_apply.small_device import VERIFIER, Update, manifest_for, seal, small_profile

STREAMING = SCENARIOS["streaming"]
SHARED = SharedKey(bytes(range(16)))


def encrypted(cipher: ContentCipher) -> Update:
    image = STREAMING.new_image
    made = encrypt_payload(image, EncryptionWish(cipher=cipher, recipients=(SHARED,)))
    manifest = replace(
        manifest_for(PayloadFormat.FULL, image, image, None),
        payload=payload_identity(made.ciphertext),
        encryption=made.info,
        chunks=ChunkHashes.of(made.ciphertext, STREAMING.chunk_bytes, MAX_HASH_BYTES),
    )
    return Update(seal(manifest), made.ciphertext)


def device(keys: KeyStore) -> tuple[Bench, Host]:
    bench = STREAMING.bench(installed_bench())
    host = Host(bench, small_profile(), VERIFIER, keys)
    assert bench.boot() is Status.OK
    return bench, host


def receive(bench: Bench, update: Update, fragments: int) -> Status:
    size = STREAMING.fragment_bytes
    status = Status.OK
    for _ in range(fragments):
        wanted = bench.missing()
        if not wanted or status is not Status.OK:
            break
        index = wanted[0]
        status = bench.receive(index, update.payload[index * size :][:size])
    return status


@pytest.mark.parametrize("boots_after", [1000, 9, 4])
@pytest.mark.parametrize("cipher", ContentCipher)
def test_an_encrypted_payload_is_decoded_as_it_comes(
    cipher: ContentCipher, boots_after: int
) -> None:
    """Also when the device restarts every few fragments, behind a checkpoint or before."""
    update = encrypted(cipher)
    bench, host = device(SimulatedSecureElement(shared_key=SHARED.key))
    assert bench.offer(update.head, STREAMING.fragment_bytes) is Status.OK
    for _ in range(3):
        assert receive(bench, update, boots_after) is Status.OK
        assert bench.boot() is Status.OK
    assert receive(bench, update, 1000) is Status.OK

    assert bench.install() is Status.OK
    assert bench.slot_is(1, STREAMING.new_image)
    host.raise_failure()
