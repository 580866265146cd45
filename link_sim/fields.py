"""Reading values that come from outside, key by key, strictly.

Profiles (TOML) and cross-check cases (JSON) arrive as mappings. `Fields` is emptied as it is read:
a value of the wrong type or out of range is refused on reading, what is left over at `finish` was
misspelt. Every refusal names the field by its dotted path.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from link_sim.errors import ImpossibleValueError

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(slots=True)
class Fields:
    """One mapping from outside, with the path that leads to it."""

    values: Mapping[str, object]
    path: str = ""
    """What precedes the key in messages, such as `ble.`; empty at the top."""
    _taken: set[str] = field(default_factory=set)

    def has(self, key: str) -> bool:
        """Whether the key is present and not null; a null that was asked about counts as read."""
        present = self.values.get(key) is not None
        if not present:
            self._taken.add(key)
        return present

    def text(self, key: str) -> str:
        """Read a non-empty string."""
        value = self._take(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a non-empty string")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of strings; a missing key is an empty list."""
        if not self.has(key):
            return ()
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "a list of strings")
        return tuple(value)

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Read true or false."""
        if default is not None and not self.has(key):
            return default
        value = self._take(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def integer(
        self, key: str, *, minimum: int = 0, maximum: int | None = None, default: int | None = None
    ) -> int:
        """Read a whole number within bounds."""
        if default is not None and not self.has(key):
            return default
        value = self._take(key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, "a whole number")
        if value < minimum or (maximum is not None and value > maximum):
            raise self._wrong(key, _between(minimum, maximum))
        return value

    def number(
        self,
        key: str,
        *,
        minimum: float = 0.0,
        maximum: float | None = None,
        default: float | None = None,
    ) -> float:
        """Read a finite number within bounds."""
        if default is not None and not self.has(key):
            return default
        value = self._take(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong(key, "a number")
        if not minimum <= value < float("inf") or (maximum is not None and value > maximum):
            raise self._wrong(key, _between(minimum, maximum))
        return float(value)

    def choice(self, key: str, choices: type[_Choice]) -> _Choice:
        """Read one of the values of an enumeration of strings."""
        value = self.text(key)
        try:
            return choices(value)
        except ValueError as error:
            raise self._wrong(key, f"one of {', '.join(choices)}") from error

    def literal(self, key: str, *known: str) -> str:
        """Read a text that has to be one of `known`: a rule written out in words."""
        value = self.text(key)
        if value not in known:
            raise self._wrong(key, f"one of {', '.join(map(repr, known))}")
        return value

    def integers(self, key: str) -> tuple[int, ...]:
        """Read a list of whole numbers of at least 0."""
        value = self._take(key)
        if not isinstance(value, list) or not all(
            isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in value
        ):
            raise self._wrong(key, "a list of whole numbers")
        return tuple(value)

    def numbers(self, key: str) -> tuple[float, ...]:
        """Read a list of finite numbers of either sign."""
        value = self._take(key)
        if not isinstance(value, list) or not all(
            isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item)
            for item in value
        ):
            raise self._wrong(key, "a list of numbers")
        return tuple(float(item) for item in value)

    def table(self, key: str) -> "Fields":
        """Read a nested mapping."""
        value = self._take(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return Fields(value, f"{self.path}{key}.")

    def finish(self) -> None:
        """Refuse what nobody read.

        Raises:
            ImpossibleValueError: a key is left over.
        """
        unknown = sorted(set(self.values) - self._taken)
        if unknown:
            raise ImpossibleValueError(f"{self.path}{unknown[0]}", "unknown key")

    def _take(self, key: str) -> object:
        if key not in self.values:
            raise ImpossibleValueError(f"{self.path}{key}", "missing")
        self._taken.add(key)
        return self.values[key]

    def _wrong(self, key: str, wanted: str) -> ImpossibleValueError:
        return ImpossibleValueError(
            f"{self.path}{key}", f"must be {wanted}, not {self.values[key]!r}"
        )


def _between(minimum: float, maximum: float | None) -> str:
    return f"at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
