"""The manifest: what the vendor claims and signs about one update. Bytes: SPEC.md section 3.

One manifest form exists per combination of full image, patch or many bases, one-address or per-slot
image, and with or without chunk hashes.
`Manifest.from_bytes` accepts nothing else: it reads the variable fields, encodes them again and
requires the very same bytes. A field that this version does not know can therefore not hide.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Self

from device_apply.errors import FormatError
from device_apply.wire.cbor import CborReader, CborValue, encode
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, MAX_U32, Delivery
from device_apply.wire.suit import (
    MANIFEST_VERSION,
    REPORT_ALL,
    Command,
    CommonKey,
    ManifestKey,
    Parameter,
    SizedDigest,
    read_suit_digest,
    suit_digest,
)

IDENTIFIER_BYTES: Final = 16
MAX_SLOT: Final = 1

_NEW_COMPONENT: Final = 0
_BASE_COMPONENT: Final = 1
_COMPONENT_IDS: Final = ([b"\x00"], [b"\x01"])

_Steps = list["CborValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchFor(Delivery):
    """A patch for one of many base images."""

    base_digest: bytes
    """SHA-256 of the image that the payload is a patch against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Delivery):
    """The claims of one update: for whom, from what, to what, by which payload.

    With `patches`, one manifest serves many base images: a device that runs the base of one of them
    takes that, and any other the manifest's own payload, which then needs no base.
    """

    security_counter: int
    """Anti-rollback number, carried as the SUIT sequence number; devices refuse a lower one."""
    class_id: bytes
    """16 bytes, see `identifiers.class_id`: the device class, in its vendor's namespace."""
    new_image: SizedDigest
    base_digest: bytes | None
    """SHA-256 of the image that the payload is a patch against; None for full images."""
    slot: int | None = None
    """The slot (0 or 1) that the new image is linked for; None if it runs from either."""
    patches: tuple[PatchFor, ...] = ()
    """For the bases of one manifest for many, ordered by their digests."""

    def __post_init__(self) -> None:
        """Refuse combinations that have no encoding; that is the caller's mistake."""
        if self.payload_format.needs_base != (self.base_digest is not None):
            raise ValueError(f"{self.payload_format.label}: a patch has a base image, others none")
        self.check(self.new_image)
        for patch in self.patches:
            patch.check(self.new_image)
            if not patch.payload_format.needs_base:
                raise ValueError(f"{patch.payload_format.label}: is no patch")
        if self.patches:
            self._check_choice()

    def _check_choice(self) -> None:
        if self.base_digest is not None:
            raise ValueError("patches: devices with none of their bases need a full image")
        bases = [patch.base_digest for patch in self.patches]
        if any(one >= other for one, other in pairwise(bases)):
            raise ValueError("patches: one per base image, ordered by the bases' digests")
        if INTEGRATED_PAYLOAD_URI in {each.payload_uri for each in (self, *self.patches)}:
            raise ValueError("patches: every payload is a file of its own")

    def for_base(self, running_digest: bytes) -> Self:
        """Return the manifest of the one payload for a device that runs this image.

        Without `patches` it is the same manifest, whatever runs.
        """
        chosen = next((p for p in self.patches if p.base_digest == running_digest), None)
        if chosen is None:
            return replace(self, patches=())
        return replace(
            self,
            patches=(),
            base_digest=chosen.base_digest,
            payload_format=chosen.payload_format,
            payload=chosen.payload,
            payload_uri=chosen.payload_uri,
            chunks=chosen.chunks,
            encryption=chosen.encryption,
        )

    def to_bytes(self) -> bytes:
        """Encode; `Manifest.from_bytes(m.to_bytes()) == m` for every manifest."""
        only_new = self.base_digest is None and not self.patches
        components: _Steps = [*_COMPONENT_IDS[: 1 if only_new else 2]]
        manifest: dict[int, CborValue] = {
            ManifestKey.VERSION: MANIFEST_VERSION,
            ManifestKey.SEQUENCE_NUMBER: self.security_counter,
            ManifestKey.COMMON: encode({CommonKey.COMPONENTS: components}),
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
        components = _read_components(reader.byte_string())
        reader.literal(ManifestKey.INSTALL)
        install = CborReader(reader.byte_string(), "manifest's install section")
        reader.end()
        try:
            manifest = cls._read_install(install, components, security_counter)
        except ValueError as error:
            raise FormatError(f"manifest: {error}") from error
        if manifest.to_bytes() != data:
            raise FormatError("manifest: commands or encoding differ from the profile")
        return manifest

    def _install_sequence(self) -> _Steps:
        """Match the base image before anything is fetched, the new image after."""
        new: dict[int, CborValue] = {
            Parameter.CLASS: self.class_id,
            Parameter.IMAGE_DIGEST: suit_digest(self.new_image.digest),
            Parameter.IMAGE_SIZE: self.new_image.size,
            **self.parameters(),
        }
        steps: _Steps = [Command.OVERRIDE_PARAMETERS, new, Command.CONDITION_CLASS, REPORT_ALL]
        if self.slot is not None:
            new[Parameter.COMPONENT_SLOT] = self.slot
            steps += [Command.CONDITION_COMPONENT_SLOT, REPORT_ALL]
        if self.base_digest is not None:
            steps = [*_match_base(self.base_digest), *steps]
        if self.patches:
            steps = [*_select(_NEW_COMPONENT), *steps, *self._choice()]
        return [*steps, Command.FETCH, REPORT_ALL, Command.CONDITION_IMAGE_MATCH, REPORT_ALL]

    def _choice(self) -> _Steps:
        """Let the patch for the running base replace the full image, which is set already.

        The last alternative changes nothing: it is there for devices with another base. Processors
        that go on after the first success, and those that stop, come to the same end.
        """
        choices: _Steps = [
            encode(
                [
                    *_match_base(patch.base_digest),
                    Command.OVERRIDE_PARAMETERS,
                    patch.parameters(),
                ]
            )
            for patch in self.patches
        ]
        choices.append(encode(_select(_NEW_COMPONENT)))
        return [Command.TRY_EACH, choices, *_select(_NEW_COMPONENT)]

    @classmethod
    def _read_install(cls, reader: CborReader, components: int, security_counter: int) -> Self:
        reader.array_header()
        base_digest, is_choice = None, False
        if components > 1:
            reader.literal(Command.SET_COMPONENT_INDEX)
            is_choice = reader.unsigned(_BASE_COMPONENT) == _NEW_COMPONENT
            if not is_choice:
                base_digest = _read_base(reader)
        reader.literal(Command.OVERRIDE_PARAMETERS)
        parameters = reader.map_header()
        reader.literal(Parameter.CLASS)
        class_id = _read_identifier(reader)
        reader.literal(Parameter.IMAGE_DIGEST)
        digest = _read_wrapped_digest(reader)
        slot, key = None, reader.unsigned(Parameter.IMAGE_SIZE)
        if key == Parameter.COMPONENT_SLOT:
            slot = reader.unsigned(MAX_SLOT)
            parameters -= 1
            reader.literal(Parameter.IMAGE_SIZE)
        new_image = SizedDigest(digest, reader.unsigned(MAX_U32))
        delivery = Delivery.read_parameters(reader, parameters - _IMAGE_PARAMETERS, new_image)
        return cls(
            security_counter=security_counter,
            class_id=class_id,
            new_image=new_image,
            base_digest=base_digest,
            slot=slot,
            patches=_read_choice(reader, slot, new_image) if is_choice else (),
            payload_format=delivery.payload_format,
            payload=delivery.payload,
            payload_uri=delivery.payload_uri,
            chunks=delivery.chunks,
            encryption=delivery.encryption,
        )


_IMAGE_PARAMETERS: Final = 3
"""Parameters of the new component, but slot and payload: class, digest, size."""


def _select(component: int) -> tuple[int, int]:
    return (Command.SET_COMPONENT_INDEX, component)


def _match_base(digest: bytes) -> _Steps:
    return [
        *_select(_BASE_COMPONENT),
        Command.OVERRIDE_PARAMETERS,
        {Parameter.IMAGE_DIGEST: suit_digest(digest)},
        Command.CONDITION_IMAGE_MATCH,
        REPORT_ALL,
        *_select(_NEW_COMPONENT),
    ]


def _read_components(data: bytes) -> int:
    reader = CborReader(data, "manifest's common section")
    reader.map(len(CommonKey))
    reader.literal(CommonKey.COMPONENTS)
    components = reader.array_header()
    if components not in (1, len(_COMPONENT_IDS)):
        raise reader.malformed(f"{components} components are not supported")
    return components


def _read_base(reader: CborReader) -> bytes:
    """Read what follows the selection of the base component."""
    reader.literal(Command.OVERRIDE_PARAMETERS)
    reader.map(1)
    reader.literal(Parameter.IMAGE_DIGEST)
    digest = _read_wrapped_digest(reader)
    reader.literal(Command.CONDITION_IMAGE_MATCH, REPORT_ALL, *_select(_NEW_COMPONENT))
    return digest


def _read_choice(
    reader: CborReader, slot: int | None, new_image: SizedDigest
) -> tuple[PatchFor, ...]:
    reader.literal(Command.CONDITION_CLASS, REPORT_ALL)
    if slot is not None:
        reader.literal(Command.CONDITION_COMPONENT_SLOT, REPORT_ALL)
    reader.literal(Command.TRY_EACH)
    patches = reader.array_header() - 1
    if patches < 1:
        raise reader.malformed("a choice without a patch")
    return tuple(_read_patch(reader.byte_string(), new_image) for _ in range(patches))


def _read_patch(data: bytes, new_image: SizedDigest) -> PatchFor:
    reader = CborReader(data, "manifest's choice of patches")
    reader.array_header()
    reader.literal(*_select(_BASE_COMPONENT))
    base_digest = _read_base(reader)
    reader.literal(Command.OVERRIDE_PARAMETERS)
    found = Delivery.read_parameters(reader, reader.map_header(), new_image)
    reader.end()
    return PatchFor(
        base_digest=base_digest,
        payload_format=found.payload_format,
        payload=found.payload,
        payload_uri=found.payload_uri,
        chunks=found.chunks,
        encryption=found.encryption,
    )


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
