"""The checker itself: it compares what it should, and skips nothing."""

import pytest

from link_sim.crosscheck.check import Verdict, check_cases
from link_sim.errors import UnreadableTextError

HEADER = "id,model,inputs,expected,unit,tolerance_kind,tolerance,kind,source,notes\n"


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def check(
    *,
    model: str = "ble_pdu_time",
    inputs: str = '{"payload": 27, "phy": "1M", "encrypted": true}',
    expected: str = "328",
    kind: str = "exact",
    tolerance: str = "",
) -> Verdict:
    cells = ["X-1", model, quoted(inputs), quoted(expected), "us", kind, tolerance, "", "", ""]
    [verdict] = check_cases(HEADER + ",".join(cells) + "\n")
    return verdict


def test_a_row_that_agrees_passes_and_shows_both_numbers() -> None:
    verdict = check()

    assert verdict.passed
    assert (verdict.case_id, verdict.expected, verdict.got) == ("X-1", "328", "328")


@pytest.mark.parametrize(
    ("expected", "kind", "tolerance", "passed"),
    [
        ("329", "exact", "", False),
        ("328.0", "exact", "", True),
        ("330", "abs", "2", True),
        ("330.01", "abs", "2", False),
        ("325", "abs", "2", False),
        ("331.3", "rel", "0.01", True),
        ("331.4", "rel", "0.01", False),
        ("nan", "abs", "1", False),
    ],
)
def test_tolerances_are_absolute_relative_or_none(
    *, expected: str, kind: str, tolerance: str, passed: bool
) -> None:
    assert check(expected=expected, kind=kind, tolerance=tolerance).passed is passed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model": "telepathy"}, "model: unknown model 'telepathy'"),
        ({"kind": "roughly"}, "tolerance_kind: 'roughly' is not one of exact, abs, rel"),
        ({"kind": ""}, "tolerance_kind: '' is not one of exact, abs, rel"),
        ({"kind": "abs", "tolerance": ""}, "tolerance: '' is not a number"),
        ({"expected": "many"}, "expected: 'many' is not a number"),
        ({"inputs": "{"}, "inputs: not JSON"),
        ({"inputs": "[1]"}, "inputs: must be a JSON object"),
        ({"inputs": '{"payload": 27, "phy": "1M"}'}, "encrypted: missing"),
        (
            {"inputs": '{"payload": 27, "phy": "1M", "encrypted": true, "rain": 1}'},
            "rain: unknown key",
        ),
        ({"inputs": '{"payload": 300, "phy": "1M", "encrypted": true}'}, "payload: 300"),
        ({"expected": '{"value": 328}'}, "the model returns one value, not an object"),
        ({"expected": '{"value": 328'}, "expected: not JSON"),
    ],
)
def test_what_is_unknown_or_impossible_is_a_failed_row_with_its_reason(
    change: dict[str, str], reason: str
) -> None:
    verdict = check(**change)

    assert not verdict.passed
    assert verdict.reason.startswith(reason)


def test_inputs_that_break_the_arithmetic_are_a_failed_row() -> None:
    verdict = check(model="bulk_transfer_time", inputs='{"size": 1, "kbps": 0}', expected="1")

    assert verdict.reason.startswith("the model cannot work with these inputs")


BLOCKS = {
    "model": "coap_block2_total",
    "inputs": '{"size": 10000, "block": 64, "path": "fw", "etag": 4, "token": 4}',
}


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ('{"blocks": 157, "up": 2182, "down": 12810}', ""),
        ('{"blocks": 157, "up": 2183, "down": 12810}', "up: differs by -1"),
        ('{"blocks": 157, "sideways": 1}', "sideways: the model does not say"),
        ("157", "expected: must be an object of blocks, up, down"),
    ],
)
def test_every_key_of_an_expected_object_is_compared(expected: str, reason: str) -> None:
    verdict = check(**BLOCKS, expected=expected)

    assert verdict.passed is (reason == "")
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize(
    ("expected", "passed"), [("01010", True), ("1010", False), ("01011", False)]
)
def test_digits_that_are_text_are_compared_as_text(*, expected: str, passed: bool) -> None:
    verdict = check(
        model="ts004_parity_row",
        inputs='{"n": 3, "m": 5, "version": "v1"}',
        expected=expected,
    )

    assert verdict.passed is passed


def test_a_list_is_compared_as_a_whole() -> None:
    inputs = '{"seed": 1001, "steps": 2}'

    assert check(model="prbs23", inputs=inputs, expected='["0x1f4", "0x4000fa"]').passed
    assert not check(model="prbs23", inputs=inputs, expected='["0x1f4"]').passed


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", HEADER])
def test_text_that_is_no_case_file_is_refused(text: str) -> None:
    with pytest.raises(UnreadableTextError, match="not a case file"):
        list(check_cases(text))


def test_a_row_that_is_too_short_is_a_failed_row() -> None:
    [verdict] = check_cases(HEADER + "X-2,ble_pdu_time\n")

    assert not verdict.passed


def test_text_that_is_no_csv_is_refused() -> None:
    with pytest.raises(UnreadableTextError, match="not a case file: field larger"):
        list(check_cases(HEADER + "x" * 200_000 + "\n"))


def test_decimal_fractions_agree_exactly_whatever_their_binary_rounding() -> None:
    assert 3 * 59.2 != 177.6

    verdict = check(model="edge_rate", inputs='{"mcs": "MCS-9", "dl_slots": 3}', expected="177.6")

    assert verdict.passed
