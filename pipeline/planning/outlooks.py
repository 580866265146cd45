"""Many forecasts at once: those that are known come from a cache, the others run side by side."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias

from link_sim.radio_energy import RadioUse
from pipeline.document_cache import DocumentCache, code_digest, default_folder
from pipeline.planning.forecast import Delivery, Forecast, Outlook, look_ahead
from pipeline.rehearsal.delivery import DeliveryEstimate

OnOutlook: TypeAlias = Callable[[str], None]
"""Told the link whenever one delivery is done, for progress."""

_DECISIVE: Final = ("link_sim", "pipeline.rehearsal", "pipeline.planning")
"""The code that decides a forecast."""
_MOST_BYTES: Final = 64 << 20
_LARGE_FRAGMENT_SLOTS: Final = 100_000_000
"""Below this starting processes takes longer than they save: a second of simulation or so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlooks:
    """Who makes forecasts; results do not depend on it."""

    cache: "OutlookCache | None" = None
    executor: Executor | None = None
    """Where large simulations run; in this thread without one."""
    observe: OnOutlook = lambda _: None

    def of(self, deliveries: Sequence[Delivery]) -> tuple[Outlook, ...]:
        """Return one outlook per delivery; equal ones are looked at once."""
        keys = [delivery_key(delivery) for delivery in deliveries]
        known = {} if self.cache is None else self.cache.known(keys)
        wanted = {k: d for k, d in zip(keys, deliveries, strict=True) if k not in known}
        for delivery in deliveries[len(wanted) :]:
            self.observe(delivery.link.name)
        load = sum(delivery.fragment_slots for delivery in wanted.values())
        run = map if self.executor is None or load < _LARGE_FRAGMENT_SLOTS else self.executor.map
        made = {}
        for key, outlook in zip(wanted, run(look_ahead, wanted.values()), strict=True):
            made[key] = outlook
            self.observe(wanted[key].link.name)
        if self.cache is not None and made:
            self.cache.keep(made)
        return tuple((known | made)[key] for key in keys)


IN_THIS_THREAD: Final = Outlooks()
"""Nothing is kept."""


def delivery_key(delivery: Delivery) -> str:
    """Return the digest of everything that decides what becomes of a delivery."""
    code = code_digest(*_DECISIVE)
    text = json.dumps([code, _plain(delivery)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    """Return a value as JSON that is the same in every process: sets have an order in it."""
    if isinstance(value, Enum):
        return [type(value).__name__, value.name]
    if is_dataclass(value):
        content = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return [type(value).__name__, content]
    if isinstance(value, Mapping):
        return sorted((repr(_plain(k)), _plain(v)) for k, v in value.items())
    if isinstance(value, frozenset):
        return sorted(map(repr, map(_plain, value)))
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return repr(value)


class OutlookCache:
    """A folder of outlooks."""

    def __init__(self, folder: Path | None = None) -> None:
        """Use a folder, which need not be there yet; the user's own if none is given."""
        self._documents = DocumentCache(folder or default_folder("forecasts"), _MOST_BYTES)

    def known(self, keys: Sequence[str]) -> dict[str, Outlook]:
        """Return what is known."""
        found = {key: _from_json(self._documents.read(key)) for key in dict.fromkeys(keys)}
        return {key: outlook for key, outlook in found.items() if outlook is not None}

    def keep(self, outlooks: Mapping[str, Outlook]) -> None:
        """Keep outlooks for the next time."""
        self._documents.keep({key: asdict(outlook) for key, outlook in outlooks.items()})


def _from_json(document: Any) -> Outlook | None:  # noqa: ANN401 (JSON)
    try:
        estimate, forecast = document["estimate"], document["forecast"]
        if estimate is not None:
            use = RadioUse(**estimate["radio_use"])
            estimate = DeliveryEstimate(**(estimate | {"radio_use": use}))
        if forecast is not None:
            curve = tuple((time_s, share) for time_s, share in forecast["curve"])
            forecast = Forecast(**(forecast | {"curve": curve}))
    except (KeyError, TypeError, ValueError):
        return None
    return Outlook(estimate=estimate, forecast=forecast)
