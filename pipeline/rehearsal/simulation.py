"""Running an update as it will run: package, link, loss and power cuts in; story and figures out.

The device is told the head first and decides by it; then the payload travels, the device installs,
resets into a trial and confirms. A power cut can hit any of the device's flash operations; the
device boots again and goes on from what its flash holds. Same arguments and seed, same run.
"""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from device_apply.flash_model.native_flash import FlashUsage
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, cuts_label
from device_apply.lifecycle import LifecycleState
from device_apply.profile import DeviceProfile
from device_apply.simulator.board import Board, HappenedCut
from device_apply.simulator.update_run import update_steps
from device_apply.trust import SignatureVerifier
from link_sim.contract import Observer, TransferReport
from link_sim.link import Link
from link_sim.loss.model import LossModel
from link_sim.radio_energy import RadioUse
from link_sim.tray import Tray
from pipeline.errors import Refused
from pipeline.images.firmware_image import FirmwareImage
from pipeline.packaging.update_package import UpdatePackage
from pipeline.rehearsal.bench import set_up
from pipeline.rehearsal.delivery import (
    BoardReceiver,
    Channel,
    send_head,
)
from pipeline.rehearsal.timeline import Event, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The device that takes the update: what it runs, what it is, whom it trusts."""

    base: FirmwareImage
    profile: DeviceProfile
    verifier: SignatureVerifier
    security_counter: int | None = None
    """What the device holds; None stands for the package's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the world does to the update."""

    link: Link
    loss: LossModel
    seed: int = 0
    power_cuts: int = 0
    """How many to spread over the update."""
    replayed_cuts: tuple[PowerCutPlan, ...] = ()
    """The cuts of an earlier run, instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Airtime:
    """All transfers of a run added up."""

    duration_s: float = 0.0
    fragments_sent: int = 0
    fragments_lost: int = 0
    bytes_on_air: int = 0
    time_on_air_s: float = 0.0
    device_time_on_air_s: float = 0.0
    device_transmissions: int = 0
    ip_bytes: int = 0

    def plus(self, report: TransferReport) -> "Airtime":
        """Return the sum with one more transfer."""
        return Airtime(
            duration_s=self.duration_s + report.duration_s,
            fragments_sent=self.fragments_sent + report.fragments_sent,
            fragments_lost=self.fragments_lost + report.fragments_lost,
            bytes_on_air=self.bytes_on_air + report.bytes_on_air,
            time_on_air_s=self.time_on_air_s + report.time_on_air_s,
            device_time_on_air_s=self.device_time_on_air_s + report.device_time_on_air_s,
            device_transmissions=self.device_transmissions + report.device_transmissions,
            ip_bytes=self.ip_bytes + report.ip_bytes,
        )

    @property
    def radio_use(self) -> RadioUse:
        """What it asked of the radios."""
        return RadioUse(
            duration_s=self.duration_s,
            time_on_air_s=self.time_on_air_s,
            device_time_on_air_s=self.device_time_on_air_s,
            device_transmissions=self.device_transmissions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationReport:
    """How an update went."""

    link: str
    seed: int
    state: LifecycleState | None
    """How the device ended; None if only the transfer was simulated."""
    completed: bool
    """Whether everything arrived and, with a device, the new image runs and is confirmed."""
    total_s: float
    airtime: Airtime
    flash: FlashUsage | None
    power_cuts: tuple[HappenedCut, ...]
    """The cuts that happened, in order."""
    events: tuple[Event, ...]

    @property
    def replay(self) -> str | None:
        """The text that replays the cuts; None without any."""
        return cuts_label([cut.plan for cut in self.power_cuts]) if self.power_cuts else None


def simulate_update(
    package: UpdatePackage,
    target: Target,
    conditions: Conditions,
    observer: Observer | None = None,
) -> SimulationReport:
    """Simulate the whole update of one device.

    Raises:
        Refused: the base image does not fit the device.
        device_apply.errors.DeviceApplyError: the device rejects the package or fails to apply it.
        link_sim.errors.LinkError: the link cannot carry it.
    """
    cuts: Sequence[PowerCutPlan] = conditions.replayed_cuts
    if conditions.power_cuts:
        rehearsed = _Run(package, target, conditions, ()).run(None)
        operations = rehearsed.flash.operations if rehearsed.flash else 0
        cuts = spread_cuts(conditions.power_cuts, operations, conditions.seed)
    return _Run(package, target, conditions, cuts).run(observer)


def simulate_transfer(
    package: UpdatePackage, conditions: Conditions, observer: Observer | None = None
) -> SimulationReport:
    """Simulate only the transfer, to a receiver that stores whatever arrives.

    Raises:
        link_sim.errors.LinkError: the link cannot carry it.
    """
    channel = Channel(conditions.link, conditions.loss, conditions.seed)
    head = send_head(package.head_bytes, channel, 0.0)
    airtime = Airtime().plus(head)
    completed = head.completed
    if completed:
        size = channel.link.max_fragment_bytes
        tray = Tray(-(-len(package.payload) // size))
        payload = channel.carry(package.payload, size, tray, head.duration_s, observer)
        airtime = airtime.plus(payload)
        completed = payload.completed
    return SimulationReport(
        link=conditions.link.name,
        seed=conditions.seed,
        state=None,
        completed=completed,
        total_s=airtime.duration_s,
        airtime=airtime,
        flash=None,
        power_cuts=(),
        events=(),
    )


def spread_cuts(count: int, operations: int, seed: int) -> tuple[PowerCutPlan, ...]:
    """Spread power cuts over a run of so many flash operations: one in each of `count` equal parts.

    Drawn without regard to place, two cuts would mostly hit the same phase.

    Raises:
        Refused: the run has fewer operations than cuts.
    """
    if operations < count:
        raise Refused(f"{count} power cuts, but the update takes {operations} flash operations")
    rng = random.Random(f"power cuts {seed}")
    edges = [operations * part // count for part in range(count + 1)]
    hits = [rng.randint(low + 1, high) for low, high in pairwise(edges)]
    variants = tuple(CutVariant)
    return tuple(
        PowerCutPlan(
            operation=hit - earlier, variant=rng.choice(variants), seed=rng.randrange(2**16)
        )
        for earlier, hit in zip([0, *hits[:-1]], hits, strict=True)
    )


class _LinkGaveUp(Exception):  # noqa: N818 (it says what happened, and never leaves this module)
    """The link ended a transfer before everything had arrived."""


class _Run:
    """One simulated update under way."""

    def __init__(
        self,
        package: UpdatePackage,
        target: Target,
        conditions: Conditions,
        cuts: Sequence[PowerCutPlan],
    ) -> None:
        self._package = package
        self._conditions = conditions
        self._channel = Channel(conditions.link, conditions.loss, conditions.seed)
        manifest = package.head.manifest
        self._board = set_up(
            target.base, manifest, target.profile, target.verifier, cuts, target.security_counter
        )
        self._receiver = BoardReceiver(
            self._board, conditions.link.max_fragment_bytes, self._on_cut
        )
        self._flash_before = self._board.device.usage
        self._airtime = Airtime()
        self._now_s = 0.0
        self._events: list[Event] = []
        self._cuts_told = 0
        self._told: set[LifecycleState] = set()

    def run(self, observer: Observer | None) -> SimulationReport:
        """Run to the end and report."""
        self._observer = observer
        state = self._board.device.state.lifecycle
        with suppress(_LinkGaveUp):
            self._announce()
            steps = update_steps(
                self._board,
                self._package.head_bytes,
                self._receiver.fragment_bytes,
                self._deliver,
            )
            busy_s = self._board.device.usage.busy_s
            for state in steps:
                if state is not LifecycleState.DOWNLOADING:
                    # while fragments arrive, the flash works beside the radio
                    self._now_s += self._board.device.usage.busy_s - busy_s
                self._tell(state)
                busy_s = self._board.device.usage.busy_s
        return self._report(state)

    def _announce(self) -> None:
        """Carry the head; the device decides by it."""
        head = self._package.head_bytes
        report = send_head(head, self._channel, self._now_s)
        self._count(report)
        lost = f", {report.fragments_lost} lost" if report.fragments_lost else ""
        fragments = _plural(report.fragments_sent, "fragment")
        self._log(Kind.LINK, f"head of {len(head)} bytes sent in {fragments}{lost}")
        self._require_completed(report)

    def _deliver(self, _board: Board) -> None:
        receiver = self._receiver
        missing = len(receiver.missing())
        payload = self._package.payload
        report = self._channel.carry(
            payload, receiver.message_bytes, receiver, self._now_s, self._observer
        )
        self._count(report)
        sent, lost = _plural(report.fragments_sent, "fragment"), report.fragments_lost
        rounds = _plural(report.rounds, "round")
        self._log(
            Kind.LINK,
            f"{missing} of {report.fragments} payload fragments were missing: {sent} sent in "
            f"{rounds}, {lost} lost",
        )
        self._require_completed(report)

    def _require_completed(self, report: TransferReport) -> None:
        if not report.completed:
            self._log(Kind.LINK, "the link gave up")
            raise _LinkGaveUp

    def _on_cut(self, now_s: float) -> None:
        wanted = len(self._receiver.missing())
        self._tell_cuts(now_s, f"; the device boots again and still wants {wanted} fragments")

    def _tell(self, state: LifecycleState) -> None:
        # A cut that is news together with one of these states hit the step after it.
        is_before_cut = state in (LifecycleState.DOWNLOADING, LifecycleState.VERIFIED)
        if state in self._told or not is_before_cut:
            self._tell_cuts(self._now_s, "; the device boots again and goes on")
        boot = self._board.device.running
        slot = "AB"[boot.slot]
        texts = {
            LifecycleState.DOWNLOADING: "head verified: signature, class, counter, base image, "
            "sizes; download open",
            LifecycleState.DOWNLOADED: "payload complete in flash",
            LifecycleState.VERIFIED: "payload digest and rehearsal hold; staging begins",
            LifecycleState.STAGED: "new image staged in the other slot, read back and compared",
            LifecycleState.TRIAL: f"reset: the new image runs from slot {slot} on trial",
            LifecycleState.CONFIRMED: "the new image confirmed itself; update done",
            LifecycleState.REVERTED: f"the trial failed: back to slot {slot}",
        }
        if state in self._told and state is LifecycleState.VERIFIED:
            self._log(Kind.DEVICE, "payload still verified; staging begins again")
        elif state in texts and state not in self._told:
            self._log(Kind.DEVICE, texts[state])
        self._tell_cuts(self._now_s, "; the device boots again and goes on")
        self._told.add(state)

    def _tell_cuts(self, now_s: float, then: str) -> None:
        for cut in self._board.power_cuts[self._cuts_told :]:
            self._log(Kind.POWER, f"{cut}{then}", now_s)
        self._cuts_told = len(self._board.power_cuts)

    def _count(self, report: TransferReport) -> None:
        self._airtime = self._airtime.plus(report)
        self._now_s += report.duration_s

    def _log(self, kind: Kind, text: str, now_s: float | None = None) -> None:
        at_s = self._now_s if now_s is None else now_s
        self._events.append(Event(now_s=at_s, kind=kind, text=text))

    def _report(self, state: LifecycleState) -> SimulationReport:
        before, after = self._flash_before, self._board.device.usage
        return SimulationReport(
            link=self._conditions.link.name,
            seed=self._conditions.seed,
            state=state,
            completed=state is LifecycleState.CONFIRMED,
            total_s=self._now_s,
            airtime=self._airtime,
            flash=FlashUsage(
                erased_sectors=after.erased_sectors - before.erased_sectors,
                programmed_bytes=after.programmed_bytes - before.programmed_bytes,
                operations=after.operations - before.operations,
                traps=after.traps - before.traps,
                busy_s=after.busy_s - before.busy_s,
            ),
            power_cuts=tuple(self._board.power_cuts),
            events=tuple(self._events),
        )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
