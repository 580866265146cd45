"""Reading `airdelta.toml`: every key is known or refused, so that a misspelt limit never passes.

[size]
new = "build/firmware.elf"        # paths are relative to this file
device = "sensor-node"            # a built-in profile or a TOML file
releases = "releases"             # a folder of released images, VERSION.elf
baseline = "size-baseline.json"   # a JSON file, "git:REF" or a folder of releases

[[size.budget]]
name = "update over LoRaWAN"
measure = "delivery"              # image, full-image, delta, delivery, device-ram
link = "eu868-dr3"
release = "1.0.0"                 # optional; else every release
max_s = 3600
max_growth_percent = 5.0

[[size.override]]
budget = "update over LoRaWAN"
max_s = 4000
reason = "new radio driver, shrinks with the next release"
expires = 2027-01-31
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pipeline.errors import InputError
from pipeline.size_gate.budgets import Budget, BudgetPlan, Limits, Measure, Override, Unit

_SETTINGS: Final = ("new", "device", "baseline")
_LIMITS: Final = {
    Unit.BYTES: {"max_bytes": "maximum", "max_growth_bytes": "growth"},
    Unit.SECONDS: {"max_s": "maximum", "max_growth_s": "growth"},
}
_PERCENT: Final = "max_growth_percent"
_BUDGET_HEADER: Final = re.compile(r"^\s*\[\[\s*size\s*\.\s*budget\s*\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFile:
    """The file's settings and budgets; what it does not set is None and may come as an option."""

    new: str | None
    device: str | None
    baseline: str | None
    releases: str | Mapping[str, str] | None
    """A folder, or paths by version."""
    plan: BudgetPlan


def parse_budget_file(text: str, source: str) -> BudgetFile:
    """Parse the text of the file called `source`.

    Raises:
        InputError: it is not TOML, or says something that is not known here.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: not valid TOML: {error}") from error
    size = document.get("size")
    if not isinstance(size, dict):
        raise InputError(f"{source}: has no [size] table: add one with a [[size.budget]]")
    known = (*_SETTINGS, "releases", "budget", "override")
    _refuse_unknown(size, known, f"{source}: [size]")
    settings = {name: _optional_text(size, name, f"{source}: [size]") for name in _SETTINGS}
    budgets = tuple(_budgets(size, text, source))
    overrides = tuple(_overrides(size, source, {budget.name: budget for budget in budgets}))
    plan = BudgetPlan(source=source, budgets=budgets, overrides=overrides)
    return BudgetFile(**settings, releases=_releases(size, source), plan=plan)


def _releases(size: Mapping[str, object], source: str) -> str | Mapping[str, str] | None:
    where = f"{source}: [size]"
    table = size.get("releases")
    if not isinstance(table, dict):
        return _optional_text(size, "releases", where)
    return {version: _text(table, version, f"{where}: releases") for version in table}


def _budgets(size: Mapping[str, object], text: str, source: str) -> Iterator[Budget]:
    tables = _tables(size, "budget", source)
    if not tables:
        raise InputError(f"{source}: has no [[size.budget]]: a gate without a budget passes all")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _BUDGET_HEADER.match(line)]
    seen: set[str] = set()
    for index, table in enumerate(tables):
        where = f"{source}: budget {index + 1}"
        measure = _measure(table, where)
        allowed = ("name", "measure", "release", "link", *_LIMITS[measure.unit], _PERCENT)
        _refuse_unknown(table, allowed, where)
        link, release = (
            _optional_text(table, "link", where),
            _optional_text(table, "release", where),
        )
        _check_fits(measure, link, release, where)
        limits = _limits(table, measure.unit, where)
        if limits == Limits():
            raise InputError(f"{where}: sets no limit: give one of {_known(measure.unit)}")
        name = _optional_text(table, "name", where) or _default_name(measure, link, release)
        if name in seen:
            raise InputError(f"{where}: a budget before it is called {name!r} too: name both")
        seen.add(name)
        line = lines[index] if len(lines) == len(tables) else 1
        yield Budget(
            name=name, measure=measure, limits=limits, release=release, link=link, line=line
        )


def _overrides(
    size: Mapping[str, object], source: str, budgets: Mapping[str, Budget]
) -> Iterator[Override]:
    for index, table in enumerate(_tables(size, "override", source), 1):
        where = f"{source}: override {index}"
        budget = budgets.get(_text(table, "budget", where))
        if budget is None:
            raise InputError(f"{where}: no budget is called {table['budget']!r}")
        unit = budget.measure.unit
        allowed = ("budget", "reason", "expires", *_LIMITS[unit], _PERCENT)
        _refuse_unknown(table, allowed, where)
        expires = table.get("expires")
        if type(expires) is not date:
            raise InputError(f"{where}: expires: give a date, as in expires = 2027-01-31")
        limits = _limits(table, unit, where)
        if limits == Limits():
            raise InputError(f"{where}: sets no limit: give one of {_known(unit)}")
        reason = _text(table, "reason", where)
        yield Override(budget=budget.name, limits=limits, reason=reason, expires=expires)


def _measure(table: Mapping[str, object], where: str) -> Measure:
    text = _text(table, "measure", where)
    try:
        return Measure(text)
    except ValueError:
        raise InputError(f"{where}: measure {text!r}: known are {', '.join(Measure)}") from None


def _check_fits(measure: Measure, link: str | None, release: str | None, where: str) -> None:
    if (measure is Measure.DELIVERY) != (link is not None):
        raise InputError(f"{where}: a link belongs to measure 'delivery', and to no other")
    if release is not None and not measure.needs_release:
        raise InputError(f"{where}: release: {measure.value!r} does not depend on a release")


def _limits(table: Mapping[str, object], unit: Unit, where: str) -> Limits:
    names = {**_LIMITS[unit], _PERCENT: "growth_percent"}
    values: dict[str, float] = {}
    for key, field in names.items():
        value = table.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise InputError(f"{where}: {key}: give a number that is not negative, not {value!r}")
        values[field] = value
    return Limits(**values)


def _default_name(measure: Measure, link: str | None, release: str | None) -> str:
    name = measure.value if link is None else f"{measure.value} over {link}"
    return name if release is None else f"{name} from {release}"


def _known(unit: Unit) -> str:
    return ", ".join((*_LIMITS[unit], _PERCENT))


def _tables(size: Mapping[str, object], key: str, source: str) -> list[Mapping[str, object]]:
    tables = size.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{source}: write [[size.{key}]], with two brackets, above each {key}")
    return tables


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    text = _optional_text(table, key, where)
    if text is None:
        raise InputError(f"{where}: {key}: is missing")
    return text


def _optional_text(table: Mapping[str, object], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: {key}: give a text, not {value!r}")
    return value


def _refuse_unknown(table: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise InputError(f"{where}: {key}: unknown; known are {', '.join(known)}")
