"""The energy of an update on one device: a sum over states of current and time.

Nothing is estimated here: who knows how long a device was in a state says so (the link its
listening and sending, the flash model its erasing, the decoder its computing), and a `Part` says
what that state draws. Figures that nobody confirmed are carried along and named in the result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from link_sim.errors import ImpossibleValueError
from link_sim.link import Radio

_S_PER_H = 3600
_NO_TIME_S = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """What a part draws in one state."""

    ma: float
    source: str
    confirmed: bool = True
    """Whether the source was read; False for common knowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A radio or a processor with the currents of its states."""

    name: str
    supply_v: float
    currents: Mapping[str, Current]
    usual_power_dbm: int | None = None
    """How loud a radio sends unless somebody says otherwise; None for what is no radio."""
    radios: frozenset[Radio] = frozenset()
    """The kinds of radio that it is."""

    def current(self, state: str) -> Current:
        """Return what a state draws.

        Raises:
            ImpossibleValueError: the part has no such state; the message lists those it has.
        """
        if state not in self.currents:
            raise ImpossibleValueError(
                "state", f"{self.name} has no {state!r} (there are: {', '.join(self.currents)})"
            )
        return self.currents[state]

    def transmit(self, power_dbm: int) -> Current:
        """Return what sending draws at a power, or at the next higher one that is known.

        Raises:
            ImpossibleValueError: no figure for so much power.
        """
        powers = sorted(
            int(state.removeprefix("transmit ").removesuffix(" dBm"))
            for state in self.currents
            if state.startswith("transmit ")
        )
        for known in powers:
            if known >= power_dbm:
                return self.currents[transmit_state(known)]
        raise ImpossibleValueError(
            "power_dbm", f"{self.name} sends with {', '.join(map(str, powers))} dBm at most"
        )


def transmit_state(power_dbm: int) -> str:
    """Return the name of the state in which a radio sends with this power."""
    return f"transmit {power_dbm} dBm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A part being in a state for a while."""

    part: str
    state: str
    duration_s: float
    supply_v: float
    current: Current

    @property
    def energy_mj(self) -> float:
        """Voltage times current times time."""
        return energy_mj(self.supply_v, self.current.ma, self.duration_s)


def spell(part: Part, state: str, duration_s: float) -> Spell:
    """Return a spell of a part in one of its states.

    Raises:
        ImpossibleValueError: no such state, or a negative time.
    """
    return spell_at(part, state, part.current(state), duration_s)


def spell_at(part: Part, state: str, current: Current, duration_s: float) -> Spell:
    """Return a spell with a current that is not one of the part's states by name."""
    if duration_s < 0:
        raise ImpossibleValueError("duration_s", f"{duration_s} is below 0")
    return Spell(
        part=part.name,
        state=state,
        duration_s=duration_s,
        supply_v=part.supply_v,
        current=current,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyReport:
    """Where the energy of an update went."""

    spells: tuple[Spell, ...] = field(default=())

    @classmethod
    def of(cls, spells: Iterable[Spell]) -> "EnergyReport":
        """Collect spells, leaving out those that took no time but a rounding error."""
        return cls(spells=tuple(one for one in spells if one.duration_s > _NO_TIME_S))

    @property
    def total_mj(self) -> float:
        """All of it."""
        return sum(one.energy_mj for one in self.spells)

    @property
    def charge_mah(self) -> float:
        """What is taken out of the battery, each part at its own voltage."""
        return sum(one.current.ma * one.duration_s / _S_PER_H for one in self.spells)

    def by_state(self) -> Mapping[str, float]:
        """Return millijoules by part and state, in the order of first appearance."""
        shares: dict[str, float] = {}
        for one in self.spells:
            key = f"{one.part} {one.state}"
            shares[key] = shares.get(key, 0.0) + one.energy_mj
        return shares

    def battery_share(self, capacity_mah: float) -> float:
        """Return the share of a battery that one update takes.

        Raises:
            ImpossibleValueError: a battery without capacity.
        """
        if capacity_mah <= 0:
            raise ImpossibleValueError("capacity_mah", f"{capacity_mah} is not above 0")
        return self.charge_mah / capacity_mah

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """One sentence for each figure without a source that was read."""
        return tuple(
            dict.fromkeys(
                f"{one.part} {one.state}: {one.current.ma} mA is unconfirmed ({one.current.source})"
                for one in self.spells
                if not one.current.confirmed
            )
        )


def energy_mj(supply_v: float, current_ma: float, duration_s: float) -> float:
    """Return the energy of a constant current in millijoules."""
    return supply_v * current_ma * duration_s
