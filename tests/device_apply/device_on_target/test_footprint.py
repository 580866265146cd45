"""What the library takes of a microcontroller stays within its budgets and what documents say."""

import re
from dataclasses import dataclass

import pytest

from device_apply.core.needs import DEVICE_STACK_BYTES
from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, has_compiler
from tests.device_apply.device_on_target.device_build import ROOT
from tests.device_apply.device_on_target.footprint import Row, code_rows, stack_rows

PORTING = ROOT / "docs" / "PORTING.md"
KIB = 1024
CODE_LIMITS = {
    "`boot/`": 4 * KIB,
    "`sha256/`": KIB,
    "`recovery_smp/`": 3 * KIB,
}
INSTALLER_STACK_LIMIT = 512
SLACK_BYTES = 128
"""What the announced stack may have over the measured one."""
DRIFT = 0.1
"""How far the document may be behind the sources before it has to be measured again."""


@dataclass(frozen=True, slots=True)
class Footprint:
    code: list[Row]
    stack: list[Row]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Footprint:
    if not has_compiler():
        pytest.skip(f"needs apt packages: {COMPILER_PACKAGES}")
    folder = tmp_path_factory.mktemp("footprint")
    return Footprint(code_rows(folder), stack_rows(folder))


def test_the_parts_fit_their_budgets(measured: Footprint) -> None:
    for start, limit_bytes in CODE_LIMITS.items():
        (row,) = (row for row in measured.code if row.name.startswith(start))
        assert max(row.m0plus, row.m4) <= limit_bytes, row


def test_the_announced_stack_covers_every_call_and_little_more(measured: Footprint) -> None:
    peaks = [
        max(row.m0plus, row.m4) for row in measured.stack if "BearSSL included" not in row.name
    ]

    assert DEVICE_STACK_BYTES - SLACK_BYTES <= max(peaks) <= DEVICE_STACK_BYTES


def test_an_installer_takes_at_most_half_a_kilobyte_of_stack(measured: Footprint) -> None:
    installers = [row for row in measured.stack if "installer" in row.name]

    assert installers
    for row in installers:
        assert 0 < max(row.m0plus, row.m4) <= INSTALLER_STACK_LIMIT, row


@pytest.mark.slow
def test_the_porting_guide_shows_what_is_measured(measured: Footprint) -> None:
    """Run `python bench/footprint.py --write docs/PORTING.md` when this fails."""
    shown = {
        name: (int(m0plus), int(m4))
        for name, m0plus, m4 in re.findall(
            r"^\| (.+) \| (\d+) \| (\d+) \|$", PORTING.read_text(), re.MULTILINE
        )
    }

    assert shown.keys() == {row.name for row in (*measured.code, *measured.stack)}
    for row in (*measured.code, *measured.stack):
        assert shown[row.name] == pytest.approx((row.m0plus, row.m4), rel=DRIFT), row
