import lzma
import random
import struct
from io import BytesIO

import bsdiff4
import detools
import heatshrink2
import pytest
import zstandard

from device_apply.appliers import BytesSource, applier_for, apply_payload
from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.options import Tier
from pipeline.engines.contract import EngineError, EngineFailure
from pipeline.engines.registry import ENGINES, engine_named
from pipeline.engines.runner import run_engine
from pipeline.errors import InputError
from tests.device_apply.appliers.payloads import firmware_pair, payload_of

BASE, NEW = firmware_pair(40_000)
NAMES = tuple(ENGINES)


def ram_bytes(payload_format: PayloadFormat, payload: bytes) -> int:
    needs = applier_for(payload_format).needs(BytesSource(payload), len(BASE), len(NEW))
    return needs.ram_bytes


def test_every_payload_format_has_an_engine_that_is_named_after_it() -> None:
    assert list(dict.fromkeys(e.payload_format for e in ENGINES.values())) == list(PayloadFormat)
    for name, engine in ENGINES.items():
        label = engine.payload_format.label
        is_tier = label == "airdelta" and name.removeprefix("airdelta-") in set(Tier)
        assert name == label or is_tier


def test_an_unknown_name_is_the_users_mistake_and_the_message_lists_the_known() -> None:
    with pytest.raises(InputError, match=r"unknown engine 'xdelta' \(known: full, .*large\)"):
        engine_named("xdelta")


def test_only_the_in_place_engine_is_unsafe_and_it_says_why() -> None:
    reasons = {name: engine.unsafe_reason for name, engine in ENGINES.items()}

    assert [name for name, reason in reasons.items() if reason] == ["detools-in-place"]
    assert "applied again" in str(reasons["detools-in-place"])


@pytest.mark.parametrize("name", NAMES)
def test_the_same_images_give_the_same_bytes(name: str) -> None:
    engine = engine_named(name)

    assert engine.encode(BASE, NEW) == engine.encode(bytes(bytearray(BASE)), NEW)


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_recorded_as_plain_values(name: str) -> None:
    parameters = engine_named(name).parameters

    assert all(isinstance(value, int | str) for value in parameters.values())
    assert bool(parameters) == (name != "full")


@pytest.mark.parametrize("payload_format", [fmt for fmt in PayloadFormat if fmt.needs_base])
def test_every_patch_of_a_small_change_is_far_smaller_than_the_image(
    payload_format: PayloadFormat,
) -> None:
    full = min(len(payload_of(fmt, BASE, NEW)) for fmt in PayloadFormat if not fmt.needs_base)

    assert len(payload_of(payload_format, BASE, NEW)) < full / 2


@pytest.mark.parametrize("payload_format", PayloadFormat)
def test_images_that_have_nothing_in_common_are_encoded(payload_format: PayloadFormat) -> None:
    rng = random.Random(5)
    base, new = rng.randbytes(3000), rng.randbytes(4000)
    decoded = bytearray()

    payload = payload_of(payload_format, base, new)
    apply_payload(payload_format, BytesSource(payload), BytesSource(base), len(new), decoded.extend)
    assert decoded == new


@pytest.mark.parametrize("payload_format", [fmt for fmt in PayloadFormat if fmt.needs_base])
def test_equal_images_give_a_patch_that_is_small_and_decodes(
    payload_format: PayloadFormat,
) -> None:
    decoded = bytearray()

    payload = payload_of(payload_format, NEW, NEW)
    apply_payload(payload_format, BytesSource(payload), BytesSource(NEW), len(NEW), decoded.extend)
    assert decoded == NEW
    assert len(payload) < len(NEW) / 20


class TestBsdiff4:
    """bsdiff's own applier reads the patch; its streams are packed to need less."""

    payload = payload_of(PayloadFormat.BSDIFF4, BASE, NEW)

    def test_the_librarys_applier_decodes_it(self) -> None:
        assert bsdiff4.patch(BASE, self.payload) == NEW

    def test_it_is_no_larger_than_the_librarys_patch_and_needs_an_eighth_of_its_ram(self) -> None:
        librarys = bsdiff4.diff(BASE, NEW)

        assert len(self.payload) <= len(librarys)
        assert ram_bytes(PayloadFormat.BSDIFF4, librarys) == 3 * 3_700_000
        assert ram_bytes(PayloadFormat.BSDIFF4, self.payload) == 3 * 500_000


class TestDetools:
    """detools' own appliers read the patches."""

    @pytest.mark.parametrize(
        "payload_format",
        [
            PayloadFormat.DETOOLS_SEQUENTIAL_LZMA,
            PayloadFormat.DETOOLS_SEQUENTIAL_CRLE,
            PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK,
            PayloadFormat.DETOOLS_HDIFFPATCH,
        ],
    )
    def test_the_librarys_applier_decodes_it(self, payload_format: PayloadFormat) -> None:
        new = BytesIO()
        detools.apply_patch(BytesIO(BASE), BytesIO(payload_of(payload_format, BASE, NEW)), new)

        assert new.getvalue() == NEW

    def test_the_librarys_applier_decodes_an_in_place_patch_in_two_spare_sectors(self) -> None:
        payload = payload_of(PayloadFormat.DETOOLS_IN_PLACE, BASE, NEW)
        memory = BytesIO(BASE.ljust(12 * 4096, b"\xff"))

        assert detools.apply_patch_in_place(memory, BytesIO(payload)) == len(NEW)
        assert memory.getvalue()[: len(NEW)] == NEW

    def test_heatshrink_has_the_settings_that_detools_c_is_compiled_for(self) -> None:
        payload = payload_of(PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK, BASE, NEW)

        header_size = 1 + 3
        assert payload[header_size] == (8 - 4) << 4 | (7 - 3)

    def test_hdiffpatch_is_no_larger_than_with_the_default_match_score(self) -> None:
        default = BytesIO()
        detools.create_patch(
            BytesIO(BASE),
            BytesIO(NEW),
            default,
            algorithm="hdiffpatch",
            patch_type="hdiffpatch",
            use_mmap=False,
        )

        payload = payload_of(PayloadFormat.DETOOLS_HDIFFPATCH, BASE, NEW)
        assert len(payload) <= len(default.getvalue())


class TestFullImages:
    """Standard tools read full images."""

    def test_lzma_is_an_alone_stream_with_a_dictionary_that_just_spans_the_image(self) -> None:
        payload = payload_of(PayloadFormat.FULL_LZMA, BASE, NEW)

        assert lzma.decompress(payload, lzma.FORMAT_ALONE) == NEW
        assert struct.unpack_from("<I", payload, 1) == (65536,)
        assert len(payload) <= len(lzma.compress(NEW, lzma.FORMAT_ALONE, preset=9))

    def test_heatshrink_keeps_the_window_within_two_kibibytes(self) -> None:
        payload = payload_of(PayloadFormat.FULL_HEATSHRINK, BASE, NEW)
        window_bits, lookahead_bits = (payload[0] >> 4) + 4, (payload[0] & 15) + 3

        decoded = heatshrink2.decode(
            payload[1:], window_sz2=window_bits, lookahead_sz2=lookahead_bits
        )
        assert decoded == NEW
        assert ram_bytes(PayloadFormat.FULL_HEATSHRINK, payload) <= 2048 + 50

    def test_zstd_is_one_frame_without_checksum_or_dictionary(self) -> None:
        payload = payload_of(PayloadFormat.FULL_ZSTD, BASE, NEW)
        parameters = zstandard.get_frame_parameters(payload)

        assert zstandard.ZstdDecompressor().decompress(payload) == NEW
        assert (parameters.content_size, parameters.dict_id) == (len(NEW), 0)
        assert not parameters.has_checksum

    def test_full_images_do_not_depend_on_the_base(self) -> None:
        for name in ("full", "full-lzma", "full-zstd", "full-heatshrink"):
            engine = engine_named(name)
            assert engine.encode(BASE, NEW) == engine.encode(b"", NEW)


def test_zstd_patch_is_a_frame_with_the_base_as_raw_dictionary() -> None:
    payload = payload_of(PayloadFormat.ZSTD_PATCH, BASE, NEW)
    dictionary = zstandard.ZstdCompressionDict(BASE, dict_type=zstandard.DICT_TYPE_RAWCONTENT)

    assert zstandard.ZstdDecompressor(dict_data=dictionary).decompress(payload) == NEW


@pytest.mark.parametrize(
    ("name", "function", "error"),
    [
        ("bsdiff4", "bsdiff4.diff", ValueError("no")),
        ("detools-sequential-crle", "detools.create_patch", detools.Error("no")),
        ("detools-in-place", "detools.create_patch", detools.Error("no")),
        ("zstd-patch", "zstandard.ZstdCompressor", zstandard.ZstdError("no")),
    ],
)
def test_an_error_of_a_library_is_an_engine_error(
    monkeypatch: pytest.MonkeyPatch, name: str, function: str, error: Exception
) -> None:
    def refuse(*_arguments: object, **_settings: object) -> None:
        raise error

    monkeypatch.setattr(function, refuse)
    with pytest.raises(EngineError, match=": no"):
        engine_named(name).encode(BASE, NEW)


def test_the_in_place_engine_leaves_large_images_out() -> None:
    """Its encoder is quadratic; nobody should wait for what is never chosen."""
    outcome = run_engine("detools-in-place", bytes(768 * 1024 + 1), b"new")

    assert isinstance(outcome, EngineFailure)
    assert "768 KiB" in outcome.reason
