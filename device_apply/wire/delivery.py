"""A payload and how it travels: its format, what identifies it, where it is, its chunk hashes.

In a manifest these are a URI and fetch arguments. SPEC.md section 3 has their bytes, ADR-0016 says
why the arguments are an array and why 16 bytes of a digest are enough for a payload.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.wire.cbor import CborReader, CborValue, encode
from device_apply.wire.chunks import MAX_CHUNK_BYTES, ChunkHashes, chunk_count
from device_apply.wire.encryption import EncryptionInfo
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import Parameter, SizedDigest

MAX_U32: Final = 2**32 - 1
"""Sizes and the security counter are 32-bit on every device we know of."""
MAX_URI_BYTES: Final = 255
INTEGRATED_PAYLOAD_URI: Final = "#"
"""Of a payload inside the envelope: the shortest reference to something in the same document."""
PAYLOAD_DIGEST_BYTES: Final = 16
"""Bytes of its SHA-256 that identify a payload: nobody finds another one with the same 128 bits."""

_ENCRYPTED_PARAMETERS: Final = 3
"""Encryption information, URI and fetch arguments."""
_IDENTITY_ITEMS: Final = 2
"""Fetch arguments that say which payload it is: digest and size."""
_CHUNK_ITEMS: Final = 2


def payload_identity(payload: bytes) -> SizedDigest:
    """Return what a manifest says of a payload: 16 bytes of its SHA-256, and its size."""
    return shortened(SizedDigest.of(payload))


def shortened(image: SizedDigest) -> SizedDigest:
    """Return the identity of an image as a payload."""
    return SizedDigest(image.digest[:PAYLOAD_DIGEST_BYTES], image.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One payload that yields the new image, and how it travels."""

    payload_format: PayloadFormat
    payload: SizedDigest
    """The payload as it travels, by `payload_identity`.

    For format `full` it is the new image, unless it is encrypted.
    """
    payload_uri: str
    """Where the payload is: `#` inside the envelope, else a file name beside it."""
    chunks: ChunkHashes | None = None
    """Hashes by which a device refuses a corrupt piece of the payload when it arrives."""
    encryption: EncryptionInfo | None = None
    """How the payload is encrypted, and for whom; None: it is not."""

    @property
    def _is_new_image(self) -> bool:
        """Whether the payload is the new image byte for byte, and not spelled out."""
        return self.payload_format is PayloadFormat.FULL and self.encryption is None

    @property
    def plain_payload_size(self) -> int:
        """Bytes of the payload as the applier gets it."""
        return self.payload.size - (self.encryption.cipher.overhead_bytes if self.encryption else 0)

    def check(self, new_image: SizedDigest) -> None:
        """Refuse what has no encoding; that is the caller's mistake.

        Raises:
            ValueError: says what is wrong.
        """
        if len(self.payload.digest) != PAYLOAD_DIGEST_BYTES:
            raise ValueError(f"payload: identified by {PAYLOAD_DIGEST_BYTES} bytes of its digest")
        if self._is_new_image and self.payload != shortened(new_image):
            raise ValueError("full: the payload is the new image, so both have the same digest")
        if self.encryption and self.payload.size < self.encryption.cipher.overhead_bytes:
            raise ValueError("encryption: the payload is shorter than its tag")
        if not (self.payload_uri.isascii() and self.payload_uri.isprintable() and self.payload_uri):
            raise ValueError("payload_uri: must be printable ASCII")
        if self.chunks is not None:
            wanted = chunk_count(self.payload.size, self.chunks.chunk_bytes)
            if self.chunks.count != wanted or wanted == 0:
                raise ValueError(f"chunks: {self.chunks.count} hashes for {wanted} chunks")

    def parameters(self) -> dict[int, CborValue]:
        """Return the parameters of the fetch: URI and, unless all is said by it, arguments."""
        parameters: dict[int, CborValue] = {Parameter.URI: self.payload_uri}
        if self.encryption is not None:
            parameters[Parameter.ENCRYPTION_INFO] = self.encryption.to_bytes()
        if not self._is_new_image or self.chunks is not None:
            parameters[Parameter.FETCH_ARGUMENTS] = encode(self._arguments())
        return parameters

    @classmethod
    def read_parameters(cls, reader: CborReader, count: int, new_image: SizedDigest) -> Self:
        """Read what `parameters` gives: so many of them.

        Raises:
            device_apply.errors.FormatError: anything else.
        """
        encryption = None
        if count == _ENCRYPTED_PARAMETERS:
            reader.literal(Parameter.ENCRYPTION_INFO)
            encryption = EncryptionInfo.from_bytes(reader.byte_string())
        reader.literal(Parameter.URI)
        uri = reader.text(MAX_URI_BYTES)
        if count == 1:
            return cls(
                payload_uri=uri, payload_format=PayloadFormat.FULL, payload=shortened(new_image)
            )
        reader.literal(Parameter.FETCH_ARGUMENTS)
        arguments = CborReader(reader.byte_string(), "manifest's fetch arguments")
        items = arguments.array_header()
        payload_format = _read_format(arguments)
        payload = shortened(new_image)
        if payload_format is not PayloadFormat.FULL or encryption is not None:
            payload = _read_identity(arguments)
            items -= _IDENTITY_ITEMS
        has_chunks = items == 1 + _CHUNK_ITEMS
        chunks = _read_chunks(arguments, payload.size) if has_chunks else None
        arguments.end()
        return cls(
            payload_uri=uri,
            payload_format=payload_format,
            payload=payload,
            chunks=chunks,
            encryption=encryption,
        )

    def _arguments(self) -> list[CborValue]:
        arguments: list[CborValue] = [self.payload_format]
        if not self._is_new_image:
            arguments += [self.payload.digest, self.payload.size]
        if self.chunks is not None:
            arguments += [self.chunks.chunk_bytes, self.chunks.hashes]
        return arguments


def _read_format(reader: CborReader) -> PayloadFormat:
    number = reader.unsigned(MAX_U32)
    try:
        return PayloadFormat(number)
    except ValueError as error:
        raise reader.malformed(f"unknown payload format {number}") from error


def _read_identity(reader: CborReader) -> SizedDigest:
    digest = reader.byte_string()
    if len(digest) != PAYLOAD_DIGEST_BYTES:
        raise reader.malformed(f"a payload is identified by {PAYLOAD_DIGEST_BYTES} bytes")
    return SizedDigest(digest, reader.unsigned(MAX_U32))


def _read_chunks(reader: CborReader, payload_bytes: int) -> ChunkHashes:
    chunk_bytes = reader.unsigned(MAX_CHUNK_BYTES)
    hashes = reader.byte_string()
    try:
        return ChunkHashes.from_list(payload_bytes, chunk_bytes, hashes)
    except ValueError as error:
        raise reader.malformed(f"chunk hashes: {error}") from error
