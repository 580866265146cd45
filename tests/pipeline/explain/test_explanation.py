"""What a patch is spent on: every byte accounted for, and the cause named that is the cause."""

import re
from pathlib import Path

import pytest

from pipeline.encoder.options import Tier
from pipeline.errors import InputError
from pipeline.explain.evidence import Cause, CauseKind
from pipeline.explain.explanation import Explanation, explain_patch
from pipeline.explain.kinds import Kind
from pipeline.explain.lint import Rule
from pipeline.images.reader import read_image
from tests.pipeline.explain.made_firmware import NEEDS_COMPILER, Build

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
UNCHANGED = Build()
PAIRS = [("cm3-1.0.0", "cm3-1.1.0"), ("cm3-1.1.0", "cm3-1.2.0"), ("rv32-1.0.0", "rv32-1.1.0")]


def explain_samples(base: str, new: str, tier: Tier = Tier.STANDARD) -> Explanation:
    images = [read_image(IMAGES / f"sensor-node-{name}.elf") for name in (base, new)]
    return explain_patch(images[0], images[1], tier)


@pytest.mark.parametrize(("base", "new"), PAIRS)
@pytest.mark.parametrize("tier", [Tier.TINY, Tier.STANDARD])
def test_every_byte_of_the_patch_is_accounted_for(base: str, new: str, tier: Tier) -> None:
    explanation = explain_samples(base, new, tier)
    attribution = explanation.attribution

    size = len(explanation.patch.patch)
    assert attribution.patch_bytes == size
    for lines in (attribution.by_kind, attribution.by_section, attribution.by_symbol):
        assert sum(line.patch_bytes for line in lines) == pytest.approx(size, abs=1e-6)
        assert [line.patch_bytes for line in lines] == sorted(
            (line.patch_bytes for line in lines), reverse=True
        )
    assert abs(attribution.of(Kind.UNATTRIBUTED)) <= 0.02 * size


def test_new_functions_of_the_sample_firmware_are_named() -> None:
    first = explain_samples("cm3-1.0.0", "cm3-1.1.0").causes[0]

    assert first.kind is CauseKind.NEW_FUNCTIONS
    assert first.symbols[0] == "soil_probe_read"


def test_another_link_order_is_found_by_cause_and_lint() -> None:
    explanation = explain_samples("cm3-1.1.0", "cm3-1.2.0")

    assert CauseKind.MOVED_FUNCTIONS in {cause.kind for cause in explanation.causes}
    assert Rule.LINK_ORDER in {finding.rule for finding in explanation.findings}


def test_binaries_without_names_are_told_by_page() -> None:
    images = [read_image(IMAGES / f"sensor-node-cm3-{v}.bin") for v in ("1.0.0", "1.1.0")]
    attribution = explain_patch(images[0], images[1], Tier.STANDARD).attribution

    assert all(re.fullmatch(r"0x\w+-0x\w+|\(patch\)", line.name) for line in attribution.by_symbol)
    assert attribution.of(Kind.NEW_CODE) > attribution.of(Kind.NEW_DATA) > 0


def test_equal_images_have_nothing_to_explain() -> None:
    image = read_image(IMAGES / "sensor-node-cm3-1.0.0.elf")

    with pytest.raises(InputError, match="there is no patch"):
        explain_patch(image, image, Tier.TINY)


@NEEDS_COMPILER
class TestTheFiveMadeUpCases:
    """One thing changes in a compiled firmware; the first cause is that thing."""

    def test_a_timestamp(self, tmp_path: Path) -> None:
        first, explanation = self.first_cause(Build(date="Feb  3 2026", time="17:20:55"), tmp_path)

        assert first.kind is CauseKind.STAMPS
        assert first.symbols == ("build_info",)
        stamps = explanation.attribution.of(Kind.STAMPS)
        assert stamps > 0.6 * explanation.attribution.patch_bytes
        assert {finding.rule for finding in explanation.findings} == {Rule.BUILD_TIME}

    def test_an_inserted_function(self, tmp_path: Path) -> None:
        first, explanation = self.first_cause(Build(with_filter=True), tmp_path)

        assert first.kind is CauseKind.NEW_FUNCTIONS
        assert first.symbols == ("filter",)
        assert explanation.attribution.by_symbol[0].name == "filter"

    def test_a_moved_table(self, tmp_path: Path) -> None:
        first, explanation = self.first_cause(Build(first_table=5), tmp_path)

        assert first.kind is CauseKind.MOVED_OBJECTS
        assert first.symbols == ("table5",)
        assert "pin tables" in first.advice
        assert explanation.attribution.by_kind[0].name == Kind.MOVED

    def test_a_compressed_region(self, tmp_path: Path) -> None:
        first, explanation = self.first_cause(Build(assets_seed=2), tmp_path)

        assert first.kind is CauseKind.OPAQUE
        assert first.symbols == ("assets",)
        assert "zlib" in first.what
        assert explanation.attribution.by_kind[0].name == Kind.OPAQUE

    def test_a_changed_compiler_flag(self, tmp_path: Path) -> None:
        first, _ = self.first_cause(Build(optimisation="-O2"), tmp_path)

        assert first.kind is CauseKind.REBUILT
        assert "same compiler" in first.advice
        assert "the files say so: optimised for size at any price, now for speed" in first.what

    def test_a_changed_flag_is_named_where_there_is_debug_information(self, tmp_path: Path) -> None:
        base = Build(more_flags=("-g",))
        new = Build(more_flags=("-g", "-fno-omit-frame-pointer"))

        first, _ = self.first_cause(new, tmp_path, base)
        assert first.kind is CauseKind.REBUILT
        assert "now with -fno-omit-frame-pointer" in first.what

    def test_a_macro_that_every_function_uses_is_no_compiler_flag(self, tmp_path: Path) -> None:
        wrap = "((s << 3) ^ (s >> 5) ^ 0x5a5a)"
        base, new = Build(more_flags=("-g",)), Build(more_flags=("-g",), wrap=wrap)

        first, explanation = self.first_cause(new, tmp_path, base)
        assert first.kind is CauseKind.CHANGED_FUNCTIONS
        assert CauseKind.REBUILT not in {cause.kind for cause in explanation.causes}

    def first_cause(
        self, new: Build, folder: Path, base: Build = UNCHANGED
    ) -> tuple[Cause, Explanation]:
        base_image, new_image = base.compile(folder, "base"), new.compile(folder, "new")
        explanation = explain_patch(base_image, new_image, Tier.STANDARD)
        return explanation.causes[0], explanation
