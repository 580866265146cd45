"""Amounts as people read them, the same in every table, sentence and page."""

from typing import Final

_KILO: Final = 1000
_KIB: Final = 1024
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_LEAST_PERCENT: Final = 0.001


def bytes_text(size: int) -> str:
    """Return an exact size for people: `1,234`."""
    return f"{size:,}"


def memory_text(size: int) -> str:
    """Return an amount of memory in few characters: `640`, `2.4K`, `8.0M`; K is 1024."""
    if size < _KIB:
        return str(size)
    if size < _KIB**2:
        return f"{size / _KIB:.1f}K"
    return f"{size / _KIB**2:.1f}M"


def duration_text(seconds: float) -> str:
    """Return a duration for people: `840ms`, `12.3s`, `4m05s`, `3h20m`, `2d05h`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if round(seconds, 1) < _MINUTE_S:
        return f"{seconds:.1f}s"
    if round(seconds) < _HOUR_S:
        return "{}m{:02d}s".format(*divmod(round(seconds), _MINUTE_S))
    if round(seconds / _MINUTE_S) < _DAY_S // _MINUTE_S:
        return "{}h{:02d}m".format(*divmod(round(seconds / _MINUTE_S), _HOUR_S // _MINUTE_S))
    return "{}d{:02d}h".format(*divmod(round(seconds / _HOUR_S), _DAY_S // _HOUR_S))


def time_text(seconds: float | None) -> str:
    """Return when something is done; `never` for None."""
    return "never" if seconds is None else duration_text(seconds)


def energy_text(mj: float) -> str:
    """Return an energy for people: `12.3 mJ`, `4.56 J`, `7.89 kJ`."""
    for unit in ("mJ", "J"):
        if mj < _KILO:
            return f"{mj:.3g} {unit}"
        mj /= _KILO
    return f"{mj:.3g} kJ" if mj < _KILO else f"{mj:,.0f} kJ"


def cost_text(cost: float, currency: str) -> str:
    """Return an amount of money for people, small ones included: `0.0012 EUR`."""
    return f"{cost:,.2f} {currency}" if cost >= 1 else f"{cost:.2g} {currency}"


def share_text(share: float) -> str:
    """Return a share of a battery: `0.012 %`; what nobody will notice is `<0.001 %`."""
    percent = 100 * share
    return "<0.001 %" if 0 < percent < _LEAST_PERCENT else f"{percent:.2g} %"
