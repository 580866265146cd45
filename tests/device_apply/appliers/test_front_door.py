import random
from itertools import permutations

import pytest

from device_apply.appliers import BytesSource, applier_for, apply_payload
from device_apply.appliers.contract import Emit, Scratch, Source
from device_apply.appliers.registry import APPLIERS
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import (
    ALL_FORMATS,
    PATCH_FORMATS,
    SELF_CONTAINED_FORMATS,
    decode,
    firmware_pair,
    payload_of,
)

BASE, NEW = firmware_pair(9000)


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_every_format_has_an_applier_of_its_own(payload_format: PayloadFormat) -> None:
    assert applier_for(payload_format).payload_format is payload_format


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
def test_a_payload_decodes_to_the_new_image(payload_format: PayloadFormat) -> None:
    payload = payload_of(payload_format, BASE, NEW)

    assert decode(payload_format, payload, BASE, len(NEW)) == NEW


@pytest.mark.parametrize("payload_format", ALL_FORMATS)
@pytest.mark.parametrize(
    ("base", "new"),
    [
        (b"", b"n"),
        (b"b", b"n"),
        (b"b", b"b"),
        (b"", b"\0" * 5000),
        (b"\xff" * 700, b"\0"),
        (bytes(range(256)) * 20, bytes(range(256)) * 20),
        (b"\0" * 9, random.Random(3).randbytes(3000)),
        (b"base", b""),
        (b"", b""),
    ],
    ids=[
        "empty-base",
        "one-byte-each",
        "equal-one-byte",
        "empty-base-zeros",
        "shrinks-to-one-byte",
        "equal",
        "unrelated",
        "empty-new",
        "both-empty",
    ],
)
def test_degenerate_images_are_decoded(
    payload_format: PayloadFormat, base: bytes, new: bytes
) -> None:
    payload = payload_of(payload_format, base, new)

    assert decode(payload_format, payload, base, len(new)) == new


@pytest.mark.parametrize("payload_format", SELF_CONTAINED_FORMATS)
@pytest.mark.parametrize("difference", [-1, 1, 1000])
def test_another_size_than_the_manifest_says_is_rejected(
    payload_format: PayloadFormat, difference: int
) -> None:
    payload = payload_of(payload_format, BASE, NEW)
    emitted = bytearray()

    with pytest.raises((FormatError, ApplyFailed)):
        apply_payload(
            payload_format,
            BytesSource(payload),
            BytesSource(BASE),
            len(NEW) + difference,
            emitted.extend,
        )
    assert len(emitted) <= len(NEW) + difference


@pytest.mark.parametrize(
    ("payload_format", "claimed"),
    [
        (payload_format, claimed)
        for payload_format, claimed in permutations(ALL_FORMATS, 2)
        # A zstd frame that does not use its dictionary is a patch, too: one that copies nothing.
        if (payload_format, claimed) != (PayloadFormat.FULL_ZSTD, PayloadFormat.ZSTD_PATCH)
    ],
)
def test_a_payload_declared_as_another_format_is_rejected(
    payload_format: PayloadFormat, claimed: PayloadFormat
) -> None:
    payload = payload_of(payload_format, BASE, NEW)

    with pytest.raises((FormatError, ApplyFailed)):
        decode(claimed, payload, BASE, len(NEW))


@pytest.mark.parametrize("payload_format", PATCH_FORMATS)
def test_a_much_smaller_base_image_is_never_read_past_its_end(
    payload_format: PayloadFormat,
) -> None:
    payload = payload_of(payload_format, BASE, NEW)

    with pytest.raises((FormatError, ApplyFailed)):
        decode(payload_format, payload, BASE[:100], len(NEW))


def test_no_applier_can_emit_past_the_size_or_stop_short(monkeypatch: pytest.MonkeyPatch) -> None:
    class Overflowing:
        payload_format = PayloadFormat.FULL
        count = 11

        def apply(
            self,
            _payload: Source,
            _base: Source,
            _new_size: int,
            emit: Emit,
            _scratch: Scratch | None,
        ) -> None:
            for _ in range(self.count):
                emit(b"x")

    appliers = {PayloadFormat.FULL: Overflowing()}
    monkeypatch.setattr("device_apply.appliers.registry.APPLIERS", appliers)
    emitted = bytearray()
    with pytest.raises(ApplyFailed, match="past the end"):
        apply_payload(PayloadFormat.FULL, BytesSource(b""), BytesSource(b""), 10, emitted.extend)
    assert len(emitted) == 10

    Overflowing.count = 9
    with pytest.raises(ApplyFailed, match="too few"):
        apply_payload(PayloadFormat.FULL, BytesSource(b""), BytesSource(b""), 10, emitted.extend)


def test_a_negative_size_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        decode(PayloadFormat.FULL, b"", b"", -1)


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        APPLIERS[PayloadFormat.FULL] = applier_for(PayloadFormat.BSDIFF4)  # type: ignore[index]
