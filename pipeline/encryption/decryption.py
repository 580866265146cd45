"""Decrypting a payload on the host, with a key that is in a file: for `apply`, and for checking."""

from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CTR

from device_apply.errors import Rejected
from device_apply.key_agreement import content_key_by_private_key, content_key_by_shared_key
from device_apply.wire.encryption import ContentCipher, EncryptionInfo, Recipient, additional_data
from pipeline.encryption.recipients import SharedKey, is_pem, read_shared_key
from pipeline.errors import InputError
from pipeline.keys.key_files import load_private_key

DecryptionKey: TypeAlias = SharedKey | ec.EllipticCurvePrivateKey


def load_decryption_key(path: Path, passphrase: bytes | None) -> DecryptionKey:
    """Read a shared key, or the private half of a P-256 key.

    Raises:
        InputError: no such key, others can read it, or the passphrase is wrong or missing.
        pipeline.errors.EnvironmentProblem: the system does not let it be read.
    """
    if not is_pem(path):
        return read_shared_key(path)
    key = load_private_key(path, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != ec.SECP256R1.name:
        raise InputError(f"{path}: is not on P-256: give the private half of the key encrypted for")
    return key


def decrypt_payload(info: EncryptionInfo, ciphertext: bytes, key: DecryptionKey) -> bytes:
    """Return the payload as it was before encryption.

    Raises:
        device_apply.errors.Rejected: it was not encrypted for this key, or is not what was.
    """
    content_key = next(filter(None, (_content_key(key, each) for each in info.recipients)), None)
    if content_key is None:
        raise Rejected("encryption: the payload was encrypted for other keys than this one")
    if info.cipher is ContentCipher.A128CTR:
        decryptor = Cipher(AES128(content_key), CTR(info.iv)).decryptor()
        return decryptor.update(ciphertext) + decryptor.finalize()
    try:
        return AESGCM(content_key).decrypt(info.iv, ciphertext, additional_data(info.cipher))
    except InvalidTag as problem:
        raise Rejected(
            "encryption: the payload is not what was encrypted with its key"
        ) from problem


def _content_key(key: DecryptionKey, recipient: Recipient) -> bytes | None:
    match key:
        case SharedKey(key=shared_key):
            return content_key_by_shared_key(shared_key, recipient)
        case _:
            return content_key_by_private_key(key, recipient)
