"""Protecting a private key with a passphrase: PKCS#8 with PBES2, scrypt and AES-256-CBC.

Sources: RFC 5958 (EncryptedPrivateKeyInfo), RFC 8018 (PBES2), RFC 7914 (scrypt and its place in
PBES2), RFC 3565 (AES-CBC), RFC 7468 (PEM). `openssl pkey` and `cryptography` read the result.

`cryptography` would write PBKDF2 with 2048 iterations, which a graphics card tries a million times
a second, and offers no other choice for PKCS#8. What it reads back it checks, so only writing is
done here.
"""

import os
from base64 import b64encode
from textwrap import wrap
from typing import Final

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

# One of the parameter sets that the OWASP Password Storage Cheat Sheet holds to be equally strong.
# This one needs 16 MiB; OpenSSL refuses to read a key that needs more than 32 (SCRYPT_MAX_MEM).
SCRYPT_N: Final = 1 << 14
SCRYPT_R: Final = 8
SCRYPT_P: Final = 5
_SALT_BYTES: Final = 16
_AES_KEY_BYTES: Final = 32
_AES_BLOCK_BYTES: Final = 16

_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_OCTET_STRING: Final = 0x04
# Object identifiers, encoded: 1.2.840.113549.1.5.13, 1.3.6.1.4.1.11591.4.11,
# 2.16.840.1.101.3.4.1.42.
_OID_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")
_OID_SCRYPT: Final = bytes.fromhex("06092b06010401da47040b")
_OID_AES256_CBC: Final = bytes.fromhex("060960864801650304012a")

_SHORT_LENGTH: Final = 0x80
_PEM_LINE_CHARS: Final = 64


def encrypted_pkcs8_pem(private_key_info: bytes, passphrase: bytes) -> bytes:
    """Encrypt a DER-encoded PrivateKeyInfo; salt and IV come from the operating system."""
    salt = os.urandom(_SALT_BYTES)
    iv = os.urandom(_AES_BLOCK_BYTES)
    kdf = Scrypt(salt=salt, length=_AES_KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
    padder = padding.PKCS7(8 * _AES_BLOCK_BYTES).padder()
    padded = padder.update(private_key_info) + padder.finalize()
    encryptor = Cipher(AES256(kdf.derive(passphrase)), CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    return _pem(_encrypted_private_key_info(salt, iv, ciphertext))


def _encrypted_private_key_info(salt: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    scrypt_parameters = _sequence(
        _der(_OCTET_STRING, salt), _integer(SCRYPT_N), _integer(SCRYPT_R), _integer(SCRYPT_P)
    )
    key_derivation = _sequence(_OID_SCRYPT, scrypt_parameters)
    cipher = _sequence(_OID_AES256_CBC, _der(_OCTET_STRING, iv))
    algorithm = _sequence(_OID_PBES2, _sequence(key_derivation, cipher))
    return _sequence(algorithm, _der(_OCTET_STRING, ciphertext))


def _sequence(*parts: bytes) -> bytes:
    return _der(_SEQUENCE, b"".join(parts))


def _integer(value: int) -> bytes:
    """Encode a positive integer; a leading zero bit keeps it from being read as negative."""
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _SHORT_LENGTH:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _SHORT_LENGTH | len(length)]) + length + content


def _pem(der: bytes) -> bytes:
    lines = wrap(b64encode(der).decode("ascii"), _PEM_LINE_CHARS)
    label = "ENCRYPTED PRIVATE KEY"
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()
