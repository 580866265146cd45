"""LoRaWAN's AES: the one place of this package where cryptography lives.

What is computed here decides times and bytes: when a class-B device listens follows from an
encryption, and TS004 v2 protects a data block with a MIC. Nothing here keeps a secret.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC

from link_sim.errors import ImpossibleValueError

KEY_BYTES = 16
BLOCK_BYTES = 16
MIC_BYTES = 4
DESCRIPTOR_BYTES = 4

_DATA_BLOCK_KEY_LABEL = 0x30
"""TS004 v2: DataBlockIntKey = aes128_encrypt(root key, 0x30 | 15 zero bytes)."""
_DATA_BLOCK_MIC_LABEL = 0x49
"""TS004 v2: first byte of the block in front of the data."""


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Encrypt one block, as LoRaWAN's key derivations and ping slots do.

    Raises:
        ImpossibleValueError: key or block are not 16 bytes.
    """
    _check_length("key", key, KEY_BYTES)
    _check_length("block", block, BLOCK_BYTES)
    # A single block needs no mode; ECB is what the specifications say and the library's name for it
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 (one block, prescribed)
    return encryptor.update(block) + encryptor.finalize()


def cmac(key: bytes, message: bytes) -> bytes:
    """Return the AES-CMAC of a message (RFC 4493)."""
    _check_length("key", key, KEY_BYTES)
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()


def data_block_key(root_key: bytes) -> bytes:
    """Return the key of TS004 v2's MIC, derived from a device's AppKey or GenAppKey."""
    label = bytes([_DATA_BLOCK_KEY_LABEL])
    return encrypt_block(root_key, label.ljust(BLOCK_BYTES, b"\0"))


def data_block_mic(
    key: bytes, data: bytes, *, session_count: int, session_index: int, descriptor: bytes
) -> bytes:
    """Return TS004 v2's MIC of a data block, padding left out.

    ```
    0x49 | SessionCnt 2 | FragIndex 1 | Descriptor 4 | 0 x 4 | size 4 | data        (little endian)
    ```
    """
    _check_length("descriptor", descriptor, DESCRIPTOR_BYTES)
    first_block = (
        bytes([_DATA_BLOCK_MIC_LABEL])
        + session_count.to_bytes(2, "little")
        + bytes([session_index])
        + descriptor
        + bytes(4)
        + len(data).to_bytes(4, "little")
    )
    return cmac(key, first_block + data)[:MIC_BYTES]


def _check_length(field: str, value: bytes, length: int) -> None:
    if len(value) != length:
        raise ImpossibleValueError(field, f"must be {length} bytes, not {len(value)}")
