"""Encrypted payloads: the draft's vectors decrypt, ours decrypt elsewhere, and nothing repeats."""

import random
from collections.abc import Callable

import cwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cwt.algs.ec2 import EC2Key
from cwt.enums import COSEAlgs, COSEKeyOps, COSEKeyParams, COSEKeyTypes
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import FormatError, Rejected
from device_apply.key_agreement import (
    content_key_by_private_key,
    content_key_by_shared_key,
    coordinates,
)
from device_apply.wire.encryption import (
    TAG_BYTES,
    ContentCipher,
    EncryptionInfo,
    KeyAgreement,
    Recipient,
)
from pipeline.encryption.decryption import DecryptionKey, decrypt_payload
from pipeline.encryption.payload_encryption import EncryptionWish, encrypt_payload
from pipeline.encryption.recipients import DeviceKey, SharedKey
from pipeline.errors import InputError
from tests.pipeline.encryption.draft_vectors import PLAINTEXT, PRIVATE_KEY, SHARED_KEY, VECTORS

PAYLOAD = random.Random(1).randbytes(1000)
SHARED = SharedKey(bytes(range(16)))
DEVICE = ec.derive_private_key(12345, ec.SECP256R1())
KEYS: dict[str, tuple[SharedKey | DeviceKey, DecryptionKey]] = {
    "shared": (SHARED, SHARED),
    "device": (DeviceKey(DEVICE.public_key()), DEVICE),
}


def wish(*names: str, cipher: ContentCipher = ContentCipher.A128GCM) -> EncryptionWish:
    return EncryptionWish(cipher=cipher, recipients=tuple(KEYS[name][0] for name in names))


@pytest.mark.parametrize("name", VECTORS)
def test_the_drafts_vectors_decrypt(name: str) -> None:
    vector = VECTORS[name]
    key: DecryptionKey = SharedKey(SHARED_KEY) if "aes-kw" in name else PRIVATE_KEY

    info = EncryptionInfo.from_bytes(vector.info)

    assert decrypt_payload(info, vector.ciphertext, key) == PLAINTEXT
    assert info.to_bytes() == vector.info


@pytest.mark.parametrize("name", VECTORS)
def test_every_flipped_bit_of_the_drafts_vectors_is_refused_or_decrypts_to_something_else(
    name: str,
) -> None:
    """In counter mode a wrong nonce is no error: there the manifest's signature protects it."""
    vector = VECTORS[name]
    key: DecryptionKey = SharedKey(SHARED_KEY) if "aes-kw" in name else PRIVATE_KEY
    for bit in range(8 * len(vector.info)):
        changed = bytearray(vector.info)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            info = EncryptionInfo.from_bytes(bytes(changed))
            decrypted = decrypt_payload(info, vector.ciphertext, key)
        except (FormatError, Rejected):
            continue
        named = EncryptionInfo.from_bytes(vector.info).recipients[0].key_id
        assert decrypted != PLAINTEXT or info.recipients[0].key_id != named


@pytest.mark.parametrize("cipher", ContentCipher)
@pytest.mark.parametrize("names", [("shared",), ("device",), ("shared", "device")])
def test_every_recipient_decrypts_what_was_encrypted(
    cipher: ContentCipher, names: tuple[str, ...]
) -> None:
    encrypted = encrypt_payload(PAYLOAD, wish(*names, cipher=cipher))

    assert len(encrypted.ciphertext) == len(PAYLOAD) + cipher.overhead_bytes
    for name in names:
        assert decrypt_payload(encrypted.info, encrypted.ciphertext, KEYS[name][1]) == PAYLOAD


@pytest.mark.parametrize("cipher", ContentCipher)
@pytest.mark.parametrize("name", KEYS)
def test_two_encryptions_of_one_payload_have_nothing_in_common(
    name: str, cipher: ContentCipher
) -> None:
    """Content key, nonce and ephemeral key come from the operating system each time."""
    one, other = (encrypt_payload(PAYLOAD, wish(name, cipher=cipher)) for _ in range(2))

    assert one.content_key != other.content_key
    assert one.info.iv != other.info.iv
    assert one.info.recipients[0].wrapped_key != other.info.recipients[0].wrapped_key
    if name == "device":
        assert one.info.recipients[0].ephemeral_key != other.info.recipients[0].ephemeral_key
    same = sum(a == b for a, b in zip(one.ciphertext, other.ciphertext, strict=True))
    assert same < len(PAYLOAD) // 50


@pytest.mark.parametrize("cipher", ContentCipher)
@pytest.mark.parametrize(
    ("name", "stranger"),
    [("shared", SharedKey(bytes(16))), ("device", ec.derive_private_key(7, ec.SECP256R1()))],
)
def test_another_key_gets_nothing(
    name: str, stranger: DecryptionKey, cipher: ContentCipher
) -> None:
    encrypted = encrypt_payload(PAYLOAD, wish(name, cipher=cipher))

    with pytest.raises(Rejected, match="for other keys than this one"):
        decrypt_payload(encrypted.info, encrypted.ciphertext, stranger)


def test_a_flipped_bit_of_the_ciphertext_is_noticed_by_its_tag() -> None:
    encrypted = encrypt_payload(PAYLOAD[:40], wish("shared"))
    for bit in range(8 * (40 + TAG_BYTES)):
        changed = bytearray(encrypted.ciphertext)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Rejected, match="not what was encrypted"):
            decrypt_payload(encrypted.info, bytes(changed), SHARED)


def test_a_point_beside_the_curve_is_refused() -> None:
    """Otherwise what a device answers to chosen points tells its private key (invalid curve)."""
    beside = Recipient(key_id=b"", wrapped_key=bytes(24), ephemeral_key=(bytes(32), bytes(32)))

    assert content_key_by_private_key(DEVICE, beside) is None


def test_a_recipient_of_the_other_kind_is_not_tried() -> None:
    shared = encrypt_payload(b"", wish("shared")).info.recipients[0]
    device = encrypt_payload(b"", wish("device")).info.recipients[0]

    assert content_key_by_private_key(DEVICE, shared) is None
    assert content_key_by_shared_key(SHARED.key, device) is None


def test_one_key_twice_is_refused() -> None:
    with pytest.raises(InputError, match="the same key twice"):
        wish("shared", "shared")


@pytest.mark.parametrize(
    ("names", "cipher", "size"),
    [
        (("shared",), ContentCipher.A128GCM, 61),
        (("shared",), ContentCipher.A128CTR, 66),
        (("device",), ContentCipher.A128GCM, 139),
        (("device",), ContentCipher.A128CTR, 144),
        (("shared", "device"), ContentCipher.A128GCM, 176),
    ],
)
def test_what_encryption_costs_in_a_manifest(
    names: tuple[str, ...], cipher: ContentCipher, size: int
) -> None:
    assert len(encrypt_payload(PAYLOAD, wish(*names, cipher=cipher)).info.to_bytes()) == size


recipients = st.builds(
    Recipient,
    key_id=st.binary(min_size=1, max_size=16),
    wrapped_key=st.binary(min_size=24, max_size=24),
    ephemeral_key=st.none()
    | st.tuples(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)),
)


@given(
    cipher=st.sampled_from(ContentCipher),
    iv=st.binary(min_size=16, max_size=16),
    listed=st.lists(recipients, min_size=1, max_size=16),
)
def test_encryption_information_survives_the_round_trip(
    cipher: ContentCipher, iv: bytes, listed: list[Recipient]
) -> None:
    info = EncryptionInfo(cipher=cipher, iv=iv[: cipher.iv_bytes], recipients=tuple(listed))

    assert EncryptionInfo.from_bytes(info.to_bytes()) == info


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_encryption_information(data: bytes) -> None:
    with pytest.raises(FormatError):
        EncryptionInfo.from_bytes(data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Recipient(key_id=b"", wrapped_key=bytes(24)),
        lambda: Recipient(key_id=bytes(17), wrapped_key=bytes(24)),
        lambda: EncryptionInfo(cipher=ContentCipher.A128GCM, iv=bytes(12), recipients=()),
        lambda: EncryptionInfo(
            cipher=ContentCipher.A128GCM,
            iv=bytes(16),
            recipients=(Recipient(key_id=b"a", wrapped_key=bytes(24)),),
        ),
    ],
)
def test_what_has_no_encoding_is_the_callers_mistake(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"key id|recipients|IV"):
        make()


def test_the_numbers_are_those_of_the_registries() -> None:
    assert (ContentCipher.A128GCM, ContentCipher.A128CTR) == (1, -65534)
    assert (KeyAgreement.A128KW, KeyAgreement.ECDH_ES_A128KW) == (-3, -29)


@pytest.mark.parametrize("cipher", ContentCipher)
@pytest.mark.parametrize("name", KEYS)
def test_cwt_decrypts_what_we_encrypt(name: str, cipher: ContentCipher) -> None:
    encrypted = encrypt_payload(PAYLOAD, wish(name, cipher=cipher))
    key_id = encrypted.info.recipients[0].key_id
    if name == "shared":
        key = cwt.COSEKey.from_symmetric_key(SHARED.key, alg="A128KW", kid=key_id)
        context = None
    else:
        key = _cwt_private_key(key_id)
        other = "SUIT Payload Encryption"
        public = {"key_data_length": 128, "protected": {1: -29}, "other": other}
        context = {"alg": "A128KW", "supp_pub": public}

    decrypted = cwt.COSE.new().decode(
        encrypted.info.to_bytes(),
        key,
        context=context,
        detached_payload=encrypted.ciphertext,
        enable_non_aead=cipher is ContentCipher.A128CTR,
    )

    assert decrypted == PAYLOAD


def _cwt_private_key(key_id: bytes) -> EC2Key:
    x, y = coordinates(DEVICE.public_key())
    return EC2Key(
        {
            COSEKeyParams.KTY: COSEKeyTypes.EC2,
            COSEKeyParams.KID: key_id,
            COSEKeyParams.ALG: COSEAlgs.ECDH_ES_A128KW,
            COSEKeyParams.CRV: 1,
            COSEKeyParams.X: x,
            COSEKeyParams.Y: y,
            COSEKeyParams.D: DEVICE.private_numbers().private_value.to_bytes(32, "big"),
            COSEKeyParams.KEY_OPS: [COSEKeyOps.DERIVE_KEY],
        }
    )
