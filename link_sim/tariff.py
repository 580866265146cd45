"""What operators bill: bytes rounded up by session and by record, often more than was sent.

A tariff is TOML: a price per megabyte, the granule to which every call data record is rounded up,
how often a long session is cut into records, and minimum charges. Rounding matters more than the
price: an update of 120 bytes may cost as much as one of 1000.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError
from link_sim.toml_documents import builtin_names, builtin_text, parse_toml

_TARIFFS = "tariffs"

OLIVIA_GRANULE_BYTES = 1000
OLIVIA_RECORD_H = 6.0
"""Olivia Wireless: every session, and every 6 hours of one, is rounded up to 1000 bytes."""

_BYTES_PER_MB = 1_000_000
_S_PER_H = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSession:
    """One data connection, from its opening to its end."""

    bytes_carried: int
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """One operator's way to bill."""

    name: str
    description: str
    source: str
    currency: str
    price_per_mb: float
    granule_bytes: int
    record_h: float | None = None
    """After so many hours a session is cut into another record; None never cuts."""
    minimum_charge: float = 0.0
    """Least that a session costs."""
    assumptions: tuple[str, ...] = ()

    def record_bytes(self, session: DataSession) -> Sequence[int]:
        """Return the records of a session, its bytes spread evenly over its time."""
        if self.record_h is None:
            return [session.bytes_carried]
        records = max(math.ceil(session.duration_s / (self.record_h * _S_PER_H)), 1)
        each, rest = divmod(session.bytes_carried, records)
        return [each + (number < rest) for number in range(records)]

    def billed_bytes(self, sessions: Iterable[DataSession]) -> int:
        """Return what is billed for some sessions."""
        return sum(
            billed_bytes(self.record_bytes(session), self.granule_bytes) for session in sessions
        )

    def cost(self, sessions: Iterable[DataSession]) -> float:
        """Return what some sessions cost, in the tariff's currency."""
        return sum(
            max(
                self.billed_bytes([session]) * self.price_per_mb / _BYTES_PER_MB,
                self.minimum_charge,
            )
            for session in sessions
        )


def billed_bytes(record_bytes: Iterable[int], granule_bytes: int) -> int:
    """Return what is billed for call data records, each rounded up to whole granules."""
    return sum(-(-size // granule_bytes) * granule_bytes for size in record_bytes)


def tariff_names() -> list[str]:
    """Return the names of the built-in tariffs, sorted."""
    return builtin_names(_TARIFFS)


def tariff_text(name: str) -> str:
    """Return the TOML of a built-in tariff, a starting point for one's own.

    Raises:
        ImpossibleValueError: there is none of that name.
    """
    names = tariff_names()
    if name not in names:
        raise ImpossibleValueError("tariff", f"no tariff {name!r} (there are: {', '.join(names)})")
    return builtin_text(_TARIFFS, name)


def load_tariff(name: str) -> Tariff:
    """Return a built-in tariff.

    Raises:
        ImpossibleValueError: there is none of that name.
    """
    return parse_tariff(tariff_text(name))


def parse_tariff(text: str) -> Tariff:
    """Read a tariff.

    Raises:
        UnreadableTextError: not TOML.
        ImpossibleValueError: an unknown or missing key, or a value that cannot be.
    """
    root = parse_toml(text)
    tariff = Tariff(
        name=root.text("name"),
        description=root.text("description"),
        source=root.text("source"),
        currency=root.text("currency"),
        price_per_mb=root.number("price_per_mb"),
        granule_bytes=root.integer("granule_bytes", minimum=1),
        record_h=root.number("record_h", minimum=0.01) if root.has("record_h") else None,
        minimum_charge=root.number("minimum_charge", default=0.0),
        assumptions=root.texts("assumptions"),
    )
    root.finish()
    return tariff
