"""Encryption information of a payload: COSE_Encrypt (RFC 9052, 5) as SUIT parameter 19.

One content key encrypts the payload; each recipient gets it wrapped. The payload is encrypted as it
travels, after diff and compression, and its signed digest is that of the ciphertext: so the
signature commits to ciphertext, nonce and recipients, and what was tampered with is refused before
anything is decrypted.

Bytes: SPEC.md section 9. Numbers: RFC 9053, RFC 9459, draft-ietf-suit-firmware-encryption.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, Self

from device_apply.wire.cbor import CborReader, CborValue, Tagged, encode

_TAG_ENCRYPT: Final = 96
_HEADER_ALGORITHM: Final = 1
_HEADER_KEY_ID: Final = 4
_HEADER_IV: Final = 5
_HEADER_EPHEMERAL_KEY: Final = -1

CONTENT_KEY_BYTES: Final = 16
WRAPPED_KEY_BYTES: Final = 24
"""A content key in AES key wrap (RFC 3394)."""
MAX_KEY_ID_BYTES: Final = 16
COORDINATE_BYTES: Final = 32
TAG_BYTES: Final = 16
"""What A128GCM appends to a payload."""
MAX_RECIPIENTS: Final = 16
_PAIRS_WITH_KEY_ID: Final = 2

_KTY: Final = 1
_KTY_EC2: Final = 2
_CURVE: Final = -1
_CURVE_P256: Final = 1
_X: Final = -2
_Y: Final = -3


@unique
class ContentCipher(IntEnum):
    """How a payload is encrypted."""

    A128GCM = 1
    """AES-128 in Galois/Counter mode, a tag of 16 bytes at the end (RFC 9053, 4.1)."""
    A128CTR = -65534
    """AES-128 in counter mode (RFC 9459). The signed digest of the ciphertext authenticates it."""

    @property
    def label(self) -> str:
        """The name for people and on the command line."""
        return self.name.lower()

    @property
    def iv_bytes(self) -> int:
        """Bytes of the nonce, or of the first counter block."""
        return 12 if self is ContentCipher.A128GCM else 16

    @property
    def overhead_bytes(self) -> int:
        """Bytes by which the ciphertext is longer than what was encrypted."""
        return TAG_BYTES if self is ContentCipher.A128GCM else 0


@unique
class KeyAgreement(IntEnum):
    """How a recipient gets the content key."""

    A128KW = -3
    """Wrapped with a key of 16 bytes that vendor and device share (RFC 9053, 6.2.1)."""
    ECDH_ES_A128KW = -29
    """Wrapped with a key from ECDH on P-256 with an ephemeral key (RFC 9053, 6.4.1)."""

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The content key, wrapped for one key of devices."""

    key_id: bytes
    """Which key, in at most 16 bytes; none with ECDH: whoever holds a key tries it. No secret."""
    wrapped_key: bytes
    ephemeral_key: tuple[bytes, bytes] | None = None
    """x and y on P-256, for ECDH; None if the key is shared."""

    def __post_init__(self) -> None:
        """Refuse what has no encoding; that is the caller's mistake."""
        least = 1 if self.ephemeral_key is None else 0
        if not least <= len(self.key_id) <= MAX_KEY_ID_BYTES:
            raise ValueError(f"a key id has {least} to {MAX_KEY_ID_BYTES} bytes")

    @property
    def agreement(self) -> KeyAgreement:
        """How the wrapping key is found."""
        return KeyAgreement.A128KW if self.ephemeral_key is None else KeyAgreement.ECDH_ES_A128KW

    def to_value(self) -> Sequence[CborValue]:
        """Return the COSE_recipient."""
        if self.ephemeral_key is None:
            # AES key wrap authenticates no header, so none is protected (RFC 9053, 6.2.1)
            shared: CborValue = {
                _HEADER_ALGORITHM: KeyAgreement.A128KW,
                _HEADER_KEY_ID: self.key_id,
            }
            return [b"", shared, self.wrapped_key]
        x, y = self.ephemeral_key
        ephemeral: CborValue = {_KTY: _KTY_EC2, _CURVE: _CURVE_P256, _X: x, _Y: y}
        header: dict[int, CborValue] = {_HEADER_EPHEMERAL_KEY: ephemeral}
        if self.key_id:
            header[_HEADER_KEY_ID] = self.key_id
        return [PROTECTED_ECDH, header, self.wrapped_key]

    @classmethod
    def read(cls, reader: CborReader) -> Self:
        """Read a COSE_recipient.

        Raises:
            FormatError: another form.
        """
        reader.array(3)
        protected = reader.byte_string()
        if protected == b"":
            reader.map(2)
            reader.literal(_HEADER_ALGORITHM, KeyAgreement.A128KW)
            key_id, ephemeral = _read_key_id(reader), None
        elif protected == PROTECTED_ECDH:
            key_id = _read_key_id(reader) if reader.map_header() == _PAIRS_WITH_KEY_ID else b""
            ephemeral = _read_ephemeral(reader)
        else:
            raise reader.malformed("unknown way to a content key")
        wrapped_key = _sized(reader, WRAPPED_KEY_BYTES)
        return cls(key_id=key_id, wrapped_key=wrapped_key, ephemeral_key=ephemeral)


PROTECTED_ECDH: Final = encode({_HEADER_ALGORITHM: KeyAgreement.ECDH_ES_A128KW})
_PROTECTED_GCM: Final = encode({_HEADER_ALGORITHM: ContentCipher.A128GCM})


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionInfo:
    """How a payload was encrypted, and for whom."""

    cipher: ContentCipher
    iv: bytes
    recipients: tuple[Recipient, ...]

    def __post_init__(self) -> None:
        """Refuse what has no encoding; that is the caller's mistake."""
        if len(self.iv) != self.cipher.iv_bytes:
            raise ValueError(f"{self.cipher.label}: an IV has {self.cipher.iv_bytes} bytes")
        if not 1 <= len(self.recipients) <= MAX_RECIPIENTS:
            raise ValueError(
                f"{len(self.recipients)} recipients: 1 to {MAX_RECIPIENTS} are possible"
            )

    def to_bytes(self) -> bytes:
        """Encode; `EncryptionInfo.from_bytes(i.to_bytes()) == i`."""
        protected, header = _PROTECTED_GCM, dict[int, CborValue]()
        if self.cipher is ContentCipher.A128CTR:
            # not authenticated, so nothing is protected by it (RFC 9459, 4)
            protected = b""
            header[_HEADER_ALGORITHM] = self.cipher
        header[_HEADER_IV] = self.iv
        recipients: CborValue = [recipient.to_value() for recipient in self.recipients]
        return encode(Tagged(_TAG_ENCRYPT, [protected, header, None, recipients]))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode what `to_bytes` writes.

        Raises:
            FormatError: any other form.
        """
        reader = CborReader(data, "encryption information")
        reader.tag(_TAG_ENCRYPT)
        reader.array(4)
        protected = reader.byte_string()
        cipher = ContentCipher.A128GCM if protected == _PROTECTED_GCM else ContentCipher.A128CTR
        if cipher is ContentCipher.A128GCM:
            reader.map(1)
        elif protected:
            raise reader.malformed("unknown content encryption")
        else:
            reader.map(2)
            reader.literal(_HEADER_ALGORITHM, cipher)
        reader.literal(_HEADER_IV)
        iv = _sized(reader, cipher.iv_bytes)
        reader.null()
        count = reader.array_header()
        if not 1 <= count <= MAX_RECIPIENTS:
            raise reader.malformed(f"{count} recipients are not supported")
        recipients = tuple(Recipient.read(reader) for _ in range(count))
        reader.end()
        info = cls(cipher=cipher, iv=iv, recipients=recipients)
        if info.to_bytes() != data:
            raise reader.malformed("the encoding differs from the profile")
        return info


def additional_data(cipher: ContentCipher) -> bytes:
    """Return the Enc_structure that A128GCM authenticates (RFC 9052, 5.3).

    Raises:
        ValueError: the cipher authenticates nothing.
    """
    if cipher is not ContentCipher.A128GCM:
        raise ValueError(f"{cipher.label} authenticates nothing")
    return encode(["Encrypt", _PROTECTED_GCM, b""])


def kdf_context(recipient_protected: bytes = PROTECTED_ECDH) -> bytes:
    """Return the COSE_KDF_Context of the draft, the `info` of HKDF-SHA-256 (RFC 9053, 5.2)."""
    nobody: CborValue = [None, None, None]
    public: CborValue = [8 * CONTENT_KEY_BYTES, recipient_protected, b"SUIT Payload Encryption"]
    return encode([KeyAgreement.A128KW, nobody, nobody, public])


def _read_key_id(reader: CborReader) -> bytes:
    reader.literal(_HEADER_KEY_ID)
    key_id = reader.byte_string()
    if not 1 <= len(key_id) <= MAX_KEY_ID_BYTES:
        raise reader.malformed(f"a key id of {len(key_id)} bytes")
    return key_id


def _read_ephemeral(reader: CborReader) -> tuple[bytes, bytes]:
    reader.literal(_HEADER_EPHEMERAL_KEY)
    reader.map(4)
    reader.literal(_KTY, _KTY_EC2, _CURVE, _CURVE_P256, _X)
    x = _sized(reader, COORDINATE_BYTES)
    reader.literal(_Y)
    return x, _sized(reader, COORDINATE_BYTES)


def _sized(reader: CborReader, size: int) -> bytes:
    taken = reader.byte_string()
    if len(taken) != size:
        raise reader.malformed(f"{len(taken)} bytes where {size} are due")
    return taken
