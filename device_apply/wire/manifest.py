"""The manifest: what the vendor claims and signs about one update. Bytes: SPEC.md section 3.

One manifest form exists per combination of full image or patch, one-address or per-slot image, and
with or without chunk hashes.
`Manifest.from_bytes` accepts nothing else: it reads the variable fields, encodes them again and
requires the very same bytes. A field that this version does not know can therefore not hide.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.errors import FormatError
from device_apply.wire.cbor import CborReader, CborValue, encode
from device_apply.wire.chunks import MAX_CHUNK_BYTES, ChunkHashes, chunk_count
from device_apply.wire.encryption import EncryptionInfo
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import (
    MANIFEST_VERSION,
    REPORT_ALL,
    Command,
    CommonKey,
    FetchArgument,
    ManifestKey,
    Parameter,
    SizedDigest,
    read_suit_digest,
    suit_digest,
)

MAX_U32: Final = 2**32 - 1
"""Sizes and the security counter are 32-bit on every device we know of."""
MAX_URI_BYTES: Final = 255
IDENTIFIER_BYTES: Final = 16
MAX_SLOT: Final = 1

_NEW_COMPONENT: Final = 0
_BASE_COMPONENT: Final = 1
_ENCRYPTED_PARAMETERS: Final = 3
"""URI, fetch arguments, and encryption information."""
_COMPONENT_IDS: Final = ([b"\x00"], [b"\x01"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The claims of one update: for whom, from what, to what, by which payload."""

    security_counter: int
    """Anti-rollback number, carried as the SUIT sequence number; devices refuse a lower one."""
    vendor_id: bytes
    """16 bytes, see `identifiers.vendor_id`."""
    class_id: bytes
    """16 bytes, see `identifiers.class_id`."""
    new_image: SizedDigest
    base_image: SizedDigest | None
    """The image that the payload is a patch against; None for full images."""
    payload_format: PayloadFormat
    payload: SizedDigest
    """The payload as it travels. For format `full` it is the new image, unless it is encrypted."""
    payload_uri: str
    """Where the payload is: `#…` inside the envelope, else a file name beside it."""
    slot: int | None = None
    """The slot (0 or 1) that the new image is linked for; None if it runs from either."""
    chunks: ChunkHashes | None = None
    """Hashes by which a device refuses a corrupt piece of the payload when it arrives."""
    encryption: EncryptionInfo | None = None
    """How the payload is encrypted, and for whom; None: it is not."""

    def __post_init__(self) -> None:
        """Refuse combinations that have no encoding; that is the caller's mistake."""
        if self.payload_format.needs_base != (self.base_image is not None):
            raise ValueError(f"{self.payload_format.label}: a patch has a base image, others none")
        if self._is_new_image and self.payload != self.new_image:
            raise ValueError("full: the payload is the new image, so both have the same digest")
        if self.encryption and self.payload.size < self.encryption.cipher.overhead_bytes:
            raise ValueError("encryption: the payload is shorter than its tag")
        if not (self.payload_uri.isascii() and self.payload_uri.isprintable() and self.payload_uri):
            raise ValueError("payload_uri: must be printable ASCII")
        if self.chunks is not None:
            wanted = chunk_count(self.payload.size, self.chunks.chunk_bytes)
            if self.chunks.count != wanted or wanted == 0:
                raise ValueError(f"chunks: {self.chunks.count} hashes for {wanted} chunks")

    @property
    def _is_new_image(self) -> bool:
        """Whether the payload is the new image byte for byte, and not spelled out."""
        return self.payload_format is PayloadFormat.FULL and self.encryption is None

    @property
    def plain_payload_size(self) -> int:
        """Bytes of the payload as the applier gets it."""
        return self.payload.size - (self.encryption.cipher.overhead_bytes if self.encryption else 0)

    def to_bytes(self) -> bytes:
        """Encode; `Manifest.from_bytes(m.to_bytes()) == m` for every manifest."""
        components: list[CborValue] = [*_COMPONENT_IDS[: 1 if self.base_image is None else 2]]
        common: dict[int, CborValue] = {
            CommonKey.COMPONENTS: components,
            CommonKey.SHARED_SEQUENCE: encode(self._shared_sequence()),
        }
        manifest: dict[int, CborValue] = {
            ManifestKey.VERSION: MANIFEST_VERSION,
            ManifestKey.SEQUENCE_NUMBER: self.security_counter,
            ManifestKey.COMMON: encode(common),
            ManifestKey.VALIDATE: encode([Command.CONDITION_IMAGE_MATCH, REPORT_ALL]),
            ManifestKey.INSTALL: encode(self._install_sequence()),
        }
        return encode(manifest)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode a manifest of exactly our form.

        Raises:
            FormatError: anything else, however little it differs.
        """
        reader = CborReader(data, "manifest")
        reader.map(len(ManifestKey))
        reader.literal(ManifestKey.VERSION, MANIFEST_VERSION, ManifestKey.SEQUENCE_NUMBER)
        security_counter = reader.unsigned(MAX_U32)
        reader.literal(ManifestKey.COMMON)
        common = _Common.from_bytes(reader.byte_string())
        reader.literal(ManifestKey.VALIDATE)
        reader.byte_string()
        reader.literal(ManifestKey.INSTALL)
        fetch = _Fetch.from_bytes(reader.byte_string(), common)
        reader.end()
        try:
            manifest = cls(
                security_counter=security_counter,
                vendor_id=common.vendor_id,
                class_id=common.class_id,
                new_image=common.new_image,
                base_image=common.base_image,
                payload_format=fetch.payload_format,
                payload=fetch.payload,
                payload_uri=fetch.uri,
                slot=common.slot,
                chunks=fetch.chunks,
                encryption=fetch.encryption,
            )
        except ValueError as error:
            raise FormatError(f"manifest: {error}") from error
        if manifest.to_bytes() != data:
            raise FormatError("manifest: commands or encoding differ from the profile")
        return manifest

    def _shared_sequence(self) -> list[CborValue]:
        parameters: dict[int, CborValue] = {
            Parameter.VENDOR: self.vendor_id,
            Parameter.CLASS: self.class_id,
            **_image_parameters(self.new_image),
        }
        conditions: list[CborValue] = [Command.CONDITION_VENDOR, REPORT_ALL]
        conditions += [Command.CONDITION_CLASS, REPORT_ALL]
        if self.slot is not None:
            parameters[Parameter.COMPONENT_SLOT] = self.slot
            conditions += [Command.CONDITION_COMPONENT_SLOT, REPORT_ALL]
        new: list[CborValue] = [Command.OVERRIDE_PARAMETERS, parameters, *conditions]
        if self.base_image is None:
            return new
        return [
            *_select(_BASE_COMPONENT),
            Command.OVERRIDE_PARAMETERS,
            _image_parameters(self.base_image),
            *_select(_NEW_COMPONENT),
            *new,
        ]

    def _install_sequence(self) -> list[CborValue]:
        """Match the base image before anything is fetched, the new image after."""
        match_image = [Command.CONDITION_IMAGE_MATCH, REPORT_ALL]
        fetch: dict[int, CborValue] = {Parameter.URI: self.payload_uri}
        if self.encryption is not None:
            fetch[Parameter.ENCRYPTION_INFO] = self.encryption.to_bytes()
        if not self._is_new_image or self.chunks is not None:
            fetch[Parameter.FETCH_ARGUMENTS] = encode(self._fetch_arguments())
        steps: list[CborValue] = [Command.OVERRIDE_PARAMETERS, fetch, Command.FETCH, REPORT_ALL]
        if self.base_image is None:
            return [*steps, *match_image]
        return [
            *_select(_BASE_COMPONENT),
            *match_image,
            *_select(_NEW_COMPONENT),
            *steps,
            *match_image,
        ]

    def _fetch_arguments(self) -> dict[int, CborValue]:
        arguments: dict[int, CborValue] = {FetchArgument.PAYLOAD_FORMAT: self.payload_format}
        if not self._is_new_image:
            arguments[FetchArgument.PAYLOAD_DIGEST] = suit_digest(self.payload.digest)
            arguments[FetchArgument.PAYLOAD_SIZE] = self.payload.size
        if self.base_image is not None:
            arguments[FetchArgument.BASE_COMPONENT] = _BASE_COMPONENT
        if self.chunks is not None:
            arguments[FetchArgument.CHUNK_SIZE] = self.chunks.chunk_bytes
            arguments[FetchArgument.CHUNK_HASHES] = self.chunks.hashes
        return arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What the common section says."""

    vendor_id: bytes
    class_id: bytes
    new_image: SizedDigest
    base_image: SizedDigest | None
    slot: int | None

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        reader = CborReader(data, "manifest's common section")
        reader.map(len(CommonKey))
        reader.literal(CommonKey.COMPONENTS)
        components = reader.array_header()
        if components not in (1, len(_COMPONENT_IDS)):
            raise reader.malformed(f"{components} components are not supported")
        for _ in range(components):
            reader.array(1)
            reader.byte_string()
        reader.literal(CommonKey.SHARED_SEQUENCE)
        shared = CborReader(reader.byte_string(), "manifest's shared sequence")
        reader.end()
        shared.array_header()
        base_image = None
        if components > 1:
            shared.literal(*_select(_BASE_COMPONENT), Command.OVERRIDE_PARAMETERS)
            shared.map(2)
            base_image = _read_image_parameters(shared)
            shared.literal(*_select(_NEW_COMPONENT))
        return cls._read_new(shared, base_image)

    @classmethod
    def _read_new(cls, shared: CborReader, base_image: SizedDigest | None) -> Self:
        shared.literal(Command.OVERRIDE_PARAMETERS)
        per_slot = shared.map_header() == len(_PER_SLOT_PARAMETERS)
        shared.literal(Parameter.VENDOR)
        vendor_id = _read_identifier(shared)
        shared.literal(Parameter.CLASS)
        class_id = _read_identifier(shared)
        shared.literal(Parameter.IMAGE_DIGEST)
        digest = _read_wrapped_digest(shared)
        slot = None
        if per_slot:
            shared.literal(Parameter.COMPONENT_SLOT)
            slot = shared.unsigned(MAX_SLOT)
        shared.literal(Parameter.IMAGE_SIZE)
        new_image = SizedDigest(digest, shared.unsigned(MAX_U32))
        return cls(
            vendor_id=vendor_id,
            class_id=class_id,
            new_image=new_image,
            base_image=base_image,
            slot=slot,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetch:
    """What the install section says about the payload."""

    uri: str
    payload_format: PayloadFormat
    payload: SizedDigest
    chunks: ChunkHashes | None
    encryption: EncryptionInfo | None

    @classmethod
    def from_bytes(cls, data: bytes, common: _Common) -> Self:
        reader = CborReader(data, "manifest's install section")
        reader.array_header()
        if common.base_image is not None:
            reader.literal(*_select(_BASE_COMPONENT))
            reader.literal(Command.CONDITION_IMAGE_MATCH, REPORT_ALL)
            reader.literal(*_select(_NEW_COMPONENT))
        reader.literal(Command.OVERRIDE_PARAMETERS)
        parameters = reader.map_header()
        encryption = None
        if parameters == _ENCRYPTED_PARAMETERS:
            reader.literal(Parameter.ENCRYPTION_INFO)
            encryption = EncryptionInfo.from_bytes(reader.byte_string())
        reader.literal(Parameter.URI)
        uri = reader.text(MAX_URI_BYTES)
        if parameters == 1:
            return cls(
                uri=uri,
                payload_format=PayloadFormat.FULL,
                payload=common.new_image,
                chunks=None,
                encryption=None,
            )
        reader.literal(Parameter.FETCH_ARGUMENTS)
        arguments = CborReader(reader.byte_string(), "manifest's fetch arguments")
        return cls._read_arguments(uri, arguments, common.new_image, encryption)

    @classmethod
    def _read_arguments(
        cls,
        uri: str,
        reader: CborReader,
        new_image: SizedDigest,
        encryption: EncryptionInfo | None,
    ) -> Self:
        pairs_left = reader.map_header()
        reader.literal(FetchArgument.PAYLOAD_FORMAT)
        number = reader.unsigned(MAX_U32)
        try:
            payload_format = PayloadFormat(number)
        except ValueError as error:
            raise reader.malformed(f"unknown payload format {number}") from error
        payload = new_image
        pairs_left -= 1
        if payload_format.needs_base:
            reader.literal(FetchArgument.BASE_COMPONENT, _BASE_COMPONENT)
            pairs_left -= 1
        if payload_format is not PayloadFormat.FULL or encryption is not None:
            reader.literal(FetchArgument.PAYLOAD_DIGEST)
            digest = _read_wrapped_digest(reader)
            reader.literal(FetchArgument.PAYLOAD_SIZE)
            payload = SizedDigest(digest, reader.unsigned(MAX_U32))
            pairs_left -= 2
        chunks = _read_chunks(reader, payload.size) if pairs_left else None
        return cls(
            uri=uri,
            payload_format=payload_format,
            payload=payload,
            chunks=chunks,
            encryption=encryption,
        )


def _read_chunks(reader: CborReader, payload_bytes: int) -> ChunkHashes:
    reader.literal(FetchArgument.CHUNK_SIZE)
    chunk_bytes = reader.unsigned(MAX_CHUNK_BYTES)
    reader.literal(FetchArgument.CHUNK_HASHES)
    hashes = reader.byte_string()
    try:
        return ChunkHashes.from_list(payload_bytes, chunk_bytes, hashes)
    except ValueError as error:
        raise reader.malformed(f"chunk hashes: {error}") from error


_PER_SLOT_PARAMETERS: Final = (
    Parameter.VENDOR,
    Parameter.CLASS,
    Parameter.IMAGE_DIGEST,
    Parameter.COMPONENT_SLOT,
    Parameter.IMAGE_SIZE,
)


def _select(component: int) -> tuple[int, int]:
    return (Command.SET_COMPONENT_INDEX, component)


def _image_parameters(image: SizedDigest) -> dict[int, CborValue]:
    return {
        Parameter.IMAGE_DIGEST: suit_digest(image.digest),
        Parameter.IMAGE_SIZE: image.size,
    }


def _read_image_parameters(reader: CborReader) -> SizedDigest:
    reader.literal(Parameter.IMAGE_DIGEST)
    digest = _read_wrapped_digest(reader)
    reader.literal(Parameter.IMAGE_SIZE)
    return SizedDigest(digest, reader.unsigned(MAX_U32))


def _read_wrapped_digest(reader: CborReader) -> bytes:
    wrapped = CborReader(reader.byte_string(), "manifest's digest")
    digest = read_suit_digest(wrapped)
    wrapped.end()
    return digest


def _read_identifier(reader: CborReader) -> bytes:
    identifier = reader.byte_string()
    if len(identifier) != IDENTIFIER_BYTES:
        raise reader.malformed(f"an identifier has {IDENTIFIER_BYTES} bytes")
    return identifier
