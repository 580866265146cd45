"""Amounts as every report of the gate writes them."""

from typing import Final

from pipeline.size_gate.budgets import Limits, Unit

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


def amount_text(amount: float, unit: Unit) -> str:
    """Return an amount with its unit: `1,234 bytes`, `12.3 s`, `73m20s`."""
    if unit is Unit.BYTES:
        return f"{amount:,.0f} bytes" if amount != 1 else "1 byte"
    return seconds_text(amount)


def short_text(amount: float, unit: Unit) -> str:
    """Return an amount for a table: `1,234 B`, `12.3 s`."""
    return f"{amount:,.0f} B" if unit is Unit.BYTES else seconds_text(amount)


def seconds_text(seconds: float) -> str:
    """Return a duration; exact to a tenth of a second below a minute."""
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    if seconds < _HOUR_S:
        return "{}m{:02d}s".format(*divmod(round(seconds), _MINUTE_S))
    return "{}h{:02d}m".format(*divmod(round(seconds / _MINUTE_S), _HOUR_S // _MINUTE_S))


def growth_text(growth: float, unit: Unit) -> str:
    """Return growth with its sign, for a table: `+120 B`."""
    sign = "+" if growth > 0 else "-" if growth < 0 else "±"
    return f"{sign}{short_text(abs(growth), unit)}"


def limits_text(limits: Limits, unit: Unit) -> str:
    """Return limits for a table: `3,000 B, +5 %`."""
    parts = []
    if limits.maximum is not None:
        parts.append(short_text(limits.maximum, unit))
    if limits.growth is not None:
        parts.append(f"+{short_text(limits.growth, unit)}")
    if limits.growth_percent is not None:
        parts.append(f"+{limits.growth_percent:g} %")
    return ", ".join(parts)
