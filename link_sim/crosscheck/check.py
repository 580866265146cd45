"""Running a file of cross-check cases.

The file is CSV with the columns `id`, `model`, `inputs` (a JSON object), `expected` (a number,
text, or a JSON list or object), `unit`, `tolerance_kind` (`exact`, `abs`, `rel`) and `tolerance`;
others are for people. Every key of an expected object is compared. Each row gets one verdict.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from link_sim.crosscheck.models import MODELS
from link_sim.crosscheck.result import Result
from link_sim.errors import ImpossibleValueError, LinkError, UnreadableTextError
from link_sim.fields import Fields

_COLUMNS = ("id", "model", "inputs", "expected", "tolerance_kind", "tolerance")

_ROUNDING = 1e-12
"""Two decimal numbers are the same if they differ by no more than binary rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one row."""

    case_id: str
    model: str
    expected: str
    got: str
    """What the model returned; empty if it did not get that far."""
    reason: str
    """Why the row failed; empty if it passed."""

    @property
    def passed(self) -> bool:
        """Whether the row passed."""
        return not self.reason


def check_cases(csv_text: str) -> Iterator[Verdict]:
    """Yield a verdict for every row of a case file.

    Raises:
        UnreadableTextError: not a table of cases at all: a column is missing, or there are no rows.
    """
    reader = csv.DictReader(io.StringIO(csv_text))
    try:
        missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise UnreadableTextError(f"not a case file: no column {missing[0]!r}")
        rows = list(reader)
    except csv.Error as error:
        raise UnreadableTextError(f"not a case file: {error}") from error
    if not rows:
        raise UnreadableTextError("not a case file: no rows")
    for row in rows:
        yield _check_row({column: row[column] or "" for column in _COLUMNS})


def _check_row(row: Mapping[str, str]) -> Verdict:
    got = ""
    try:
        result = _run_model(row["model"], row["inputs"])
        got = _shown(result)
        reason = _difference(result, row)
    except LinkError as error:
        reason = str(error)
    except (ArithmeticError, ValueError) as error:
        reason = f"the model cannot work with these inputs: {error}"
    return Verdict(
        case_id=row["id"], model=row["model"], expected=row["expected"], got=got, reason=reason
    )


def _run_model(name: str, inputs_text: str) -> Result:
    if name not in MODELS:
        raise ImpossibleValueError("model", f"unknown model {name!r}")
    try:
        values = json.loads(inputs_text)
    except json.JSONDecodeError as error:
        raise UnreadableTextError(f"inputs: not JSON: {error}") from error
    if not isinstance(values, dict):
        raise ImpossibleValueError("inputs", "must be a JSON object")
    inputs = Fields(values)
    result = MODELS[name](inputs)
    inputs.finish()
    return result


def _difference(result: Result, row: Mapping[str, str]) -> str:
    """Say where a result differs from what the row expects; empty if nowhere."""
    expected = _expected(row["expected"])
    if not isinstance(expected, dict):
        return _difference_of_one(_scalar(result), expected, row)
    if not isinstance(result, Mapping):
        return "the model returns one value, not an object"
    for key, wanted in expected.items():
        if key not in result:
            return f"{key}: the model does not say"
        if difference := _difference_of_one(result[key], wanted, row):
            return f"{key}: {difference}"
    return ""


def _expected(text: str) -> object:
    """Read what a row expects; text that looks like a number stays text until it is compared."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableTextError(f"expected: not JSON: {error}") from error


def _number(field: str, value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise ImpossibleValueError(field, f"{value!r} is not a number") from error


def _scalar(result: Result) -> float | str | Sequence[str]:
    if not isinstance(result, Mapping):
        return result
    if "value" not in result:
        raise ImpossibleValueError("expected", f"must be an object of {', '.join(result)}")
    return result["value"]


def _difference_of_one(
    got: float | str | Sequence[str], expected: object, row: Mapping[str, str]
) -> str:
    kind = row["tolerance_kind"]
    if kind not in ("exact", "abs", "rel"):
        raise ImpossibleValueError("tolerance_kind", f"{kind!r} is not one of exact, abs, rel")
    if not isinstance(got, int | float):
        same = list(got) == expected if not isinstance(got, str) else got == expected
        return "" if same else "differs"
    wanted = _number("expected", expected)
    if kind == "exact":
        allowed = abs(wanted) * _ROUNDING
    else:
        allowed = _number("tolerance", row["tolerance"]) * (abs(wanted) if kind == "rel" else 1.0)
    # The negated form lets no NaN pass.
    if not math.fabs(got - wanted) <= allowed:
        return f"differs by {got - wanted:.6g}, allowed are {allowed:.6g}"
    return ""


def _shown(result: Result) -> str:
    if isinstance(result, float):
        return f"{result:.10g}"
    return result if isinstance(result, str) else json.dumps(result)
