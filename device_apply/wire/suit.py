"""The numbers of draft-ietf-suit-manifest-37 that our profile uses, and the digest they share.

Taken from the draft's CDDL (suit-wg/manifest-spec at 3c9b790). The draft is not an RFC yet: if the
numbers change, this table changes and nothing else.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, Self

from device_apply.wire.cbor import CborReader, encode

PROFILE: Final = "suit-37"
TAG_ENVELOPE: Final = 107
MANIFEST_VERSION: Final = 1
DIGEST_SHA256: Final = -16
DIGEST_BYTES: Final = 32
REPORT_ALL: Final = 15
"""Reporting policy of every command: record success and failure (draft section 8.4.7)."""


@unique
class EnvelopeKey(IntEnum):
    """Keys of the envelope."""

    AUTHENTICATION = 2
    MANIFEST = 3


@unique
class ManifestKey(IntEnum):
    """Keys of the manifest."""

    VERSION = 1
    SEQUENCE_NUMBER = 2
    COMMON = 3
    INSTALL = 20


@unique
class CommonKey(IntEnum):
    """Keys of the common section."""

    COMPONENTS = 2


@unique
class Command(IntEnum):
    """Conditions and directives."""

    CONDITION_CLASS = 2
    CONDITION_IMAGE_MATCH = 3
    CONDITION_COMPONENT_SLOT = 5
    SET_COMPONENT_INDEX = 12
    TRY_EACH = 15
    OVERRIDE_PARAMETERS = 20
    FETCH = 21


@unique
class Parameter(IntEnum):
    """Parameters."""

    CLASS = 2
    IMAGE_DIGEST = 3
    COMPONENT_SLOT = 5
    IMAGE_SIZE = 14
    ENCRYPTION_INFO = 19
    URI = 21
    FETCH_ARGUMENTS = 25


@dataclass(frozen=True, slots=True)
class SizedDigest:
    """What identifies bytes: their SHA-256 and how many they are."""

    digest: bytes
    """32 bytes."""
    size: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the identity of `data`."""
        return cls(hashlib.sha256(data).digest(), len(data))

    @property
    def short(self) -> str:
        """The first 8 hex digits, for messages and file names."""
        return self.digest.hex()[:8]


def suit_digest(digest: bytes) -> bytes:
    """Return the encoded SUIT_Digest `[-16, digest]`."""
    return encode([DIGEST_SHA256, digest])


def read_suit_digest(reader: CborReader) -> bytes:
    """Read a SUIT_Digest at the reader and return its 32 bytes.

    Raises:
        device_apply.errors.FormatError: another algorithm than SHA-256 or another size.
    """
    reader.array(2)
    reader.literal(DIGEST_SHA256)
    digest = reader.byte_string()
    if len(digest) != DIGEST_BYTES:
        raise reader.malformed(f"a SHA-256 has {DIGEST_BYTES} bytes, this has {len(digest)}")
    return digest
