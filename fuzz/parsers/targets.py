"""Every parser of outside bytes, and the only errors that it may end with.

A target takes any bytes. It returns, or raises one of `expected`; anything else is a finding:
another exception, a hang, memory beyond the fuzzer's limit.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from device_apply.appliers import BytesSource, apply_payload
from device_apply.errors import ApplyFailed, DeviceApplyError, FormatError, ProfileError
from device_apply.profile_toml import parse_profile
from device_apply.smp.frame import SmpHeader
from device_apply.smp.text_map import decode_map
from device_apply.trust import PublicKey
from device_apply.wire.encryption import EncryptionInfo
from device_apply.wire.envelope import EnvelopeHead, split_package
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from link_sim.errors import LinkError
from link_sim.links import parse_link
from link_sim.loss.notation import parse_loss
from link_sim.tariff import parse_tariff
from pipeline.errors import InputError
from pipeline.images.assembly import ImageLimits
from pipeline.images.linker_map import read_map
from pipeline.images.reader import parse_image
from pipeline.json_document import read_json
from pipeline.keys.token_uri import parse_token_uri
from pipeline.size_gate.baseline import parse_baseline
from pipeline.size_gate.budget_file import parse_budget_file

NEW_BYTES: Final = 4096
"""What every payload is asked to decode to."""
BASE: Final = random.Random(1).randbytes(1024) * 4
"""The base image of every payload."""

_LIMITS: Final = ImageLimits(max_image_bytes=1 << 20, max_gap_bytes=1 << 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzTarget:
    """One parser."""

    name: str
    parse: Callable[[bytes], object]
    expected: tuple[type[Exception], ...]

    def run(self, data: bytes) -> bool:
        """Feed `data`; return whether it was taken. Whatever else is raised is a finding."""
        try:
            self.parse(data)
        except self.expected:
            return False
        return True


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """Return a parser of text as one of bytes; what is not UTF-8 is the file reader's business."""
    return lambda data: parse(data.decode("utf-8", "replace"))


def _payload(payload_format: PayloadFormat, data: bytes) -> None:
    taken = bytearray()
    apply_payload(payload_format, BytesSource(data), BytesSource(BASE), NEW_BYTES, taken.extend)
    assert len(taken) == NEW_BYTES


def _image(extension: str, data: bytes) -> None:
    assert parse_image(f"image.{extension}", data, _LIMITS).size <= _LIMITS.max_image_bytes


_IMAGES: Final = ("bin", "hex", "srec", "uf2", "elf", "zip")

TARGETS: Final = (
    FuzzTarget(name="package", parse=split_package, expected=(FormatError,)),
    FuzzTarget(name="head", parse=EnvelopeHead.read_prefix, expected=(FormatError,)),
    FuzzTarget(name="manifest", parse=Manifest.from_bytes, expected=(FormatError,)),
    FuzzTarget(name="encryption-info", parse=EncryptionInfo.from_bytes, expected=(FormatError,)),
    FuzzTarget(name="json", parse=read_json, expected=(ValueError,)),
    FuzzTarget(name="public-key", parse=PublicKey.from_pem, expected=(ValueError,)),
    FuzzTarget(name="smp-header", parse=SmpHeader.from_bytes, expected=(FormatError,)),
    FuzzTarget(name="smp-body", parse=decode_map, expected=(FormatError,)),
    *(
        FuzzTarget(
            name=f"payload-{payload_format.label}",
            parse=partial(_payload, payload_format),
            expected=(FormatError, ApplyFailed),
        )
        for payload_format in PayloadFormat
    ),
    *(
        FuzzTarget(
            name=f"image-{extension}", parse=partial(_image, extension), expected=(InputError,)
        )
        for extension in _IMAGES
    ),
    FuzzTarget(name="linker-map", parse=_text(read_map), expected=(InputError,)),
    FuzzTarget(
        name="device-profile", parse=_text(parse_profile), expected=(ProfileError, DeviceApplyError)
    ),
    FuzzTarget(name="link-profile", parse=_text(parse_link), expected=(LinkError,)),
    FuzzTarget(name="tariff", parse=_text(parse_tariff), expected=(LinkError,)),
    FuzzTarget(name="loss", parse=_text(parse_loss), expected=(LinkError,)),
    FuzzTarget(
        name="loss-trace",
        parse=_text(lambda text: parse_loss("trace:file", lambda _: text)),
        expected=(LinkError,),
    ),
    FuzzTarget(
        name="budgets",
        parse=_text(lambda text: parse_budget_file(text, "airdelta.toml")),
        expected=(InputError,),
    ),
    FuzzTarget(
        name="baseline",
        parse=lambda data: parse_baseline(data, "baseline.json"),
        expected=(InputError,),
    ),
    FuzzTarget(name="token-uri", parse=_text(parse_token_uri), expected=(InputError,)),
)


def target_named(name: str) -> FuzzTarget:
    """Return the target of that name.

    Raises:
        KeyError: there is none.
    """
    return {target.name: target for target in TARGETS}[name]
