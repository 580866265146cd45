"""A part of a fleet, simulated in lockstep with numpy.

The size of a shard and its seed depend on the plan alone, and a shard's result is sums of whole
numbers: how many workers there are, and in which order they finish, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from link_sim.fleet.plan import DeviceGroup, FleetPlan, Service
from link_sim.loss.gilbert_elliott import GilbertElliott, Start

SHARD_DEVICES = 1 << 14
"""Few enough for the arrays of a step to stay in a core's cache."""

BLOCK_SLOTS = 16
"""Slots for which random numbers are drawn at once, and after which finished devices leave."""

Bools: TypeAlias = npt.NDArray[np.bool_]
Counts: TypeAlias = npt.NDArray[np.int64]

_EXTRA_PROBABILITIES = 24
"""Beyond as many coded fragments too many, a decoder fails once in ten million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTask:
    """What a worker needs; small, because it travels between processes."""

    plan: FleetPlan
    first_device: int
    devices: int
    seed: np.random.SeedSequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardResult:
    """Sums over a shard's devices."""

    finished_by_slot: Counts
    """Devices by the number of transmissions after which they had everything; ends with the last
    one that did."""
    gave_up_by_slot: Counts
    """Devices by the number of transmissions after which the unicast gave them up."""
    unreachable: int
    too_many_losses: int
    """Devices of a multicast that heard too few fragments."""
    decoder_full: int
    """Devices of a multicast that lost more than their decoder has room for."""
    transmissions: int
    """Of a unicast, summed over the devices; a multicast's are the plan's slots."""


def simulate_shard(task: ShardTask) -> ShardResult:
    """Simulate some devices from the first slot to the last."""
    plan, rng = task.plan, np.random.Generator(np.random.SFC64(task.seed))
    counts = _group_counts(plan, task)
    results = [
        _simulate_group(plan, group, count, first, rng) for group, count, first in counts if count
    ]
    return merge(results)


def merge(results: Sequence[ShardResult]) -> ShardResult:
    """Add results up."""
    return ShardResult(
        finished_by_slot=add_counts(*(one.finished_by_slot for one in results)),
        gave_up_by_slot=add_counts(*(one.gave_up_by_slot for one in results)),
        unreachable=sum(one.unreachable for one in results),
        too_many_losses=sum(one.too_many_losses for one in results),
        decoder_full=sum(one.decoder_full for one in results),
        transmissions=sum(one.transmissions for one in results),
    )


def add_counts(*counts: Counts) -> Counts:
    """Add counts of different lengths; what is beyond the end of one is zero."""
    total = np.zeros(max((len(one) for one in counts), default=0), dtype=np.int64)
    for one in counts:
        total[: len(one)] += one
    return total


def _group_counts(plan: FleetPlan, task: ShardTask) -> list[tuple[DeviceGroup, int, int]]:
    """Deal the shard's devices out: device n of the fleet is in the group that its number says."""
    boundaries = np.cumsum([group.share for group in plan.groups]) * plan.devices
    edges = [0, *(round(float(edge)) for edge in boundaries)]
    last = task.first_device + task.devices
    counts = []
    for group, low, high in zip(plan.groups, edges[:-1], edges[1:], strict=True):
        first = max(low, task.first_device)
        counts.append((group, max(min(high, last) - first, 0), first))
    return counts


def _simulate_group(
    plan: FleetPlan,
    group: DeviceGroup,
    devices: int,
    first_device: int,
    rng: np.random.Generator,
) -> ShardResult:
    if not group.reachable:
        none = np.zeros(0, dtype=np.int64)
        return ShardResult(
            finished_by_slot=none,
            gave_up_by_slot=none,
            unreachable=devices,
            too_many_losses=0,
            decoder_full=0,
            transmissions=0,
        )
    channel = _Channels(plan, group.channel, devices, rng)
    gateway = (np.arange(first_device, first_device + devices) % plan.gateways).astype(np.int64)
    if plan.service is Service.MULTICAST:
        return _multicast(plan, channel, gateway, rng)
    return _unicast(plan, channel, gateway)


class _Channels:
    """One Gilbert-Elliott channel per device; the order of draws is the scalar model's.

    Where the plan has a rhythm, every device also loses what its place in it says.
    """

    def __init__(
        self, plan: FleetPlan, model: GilbertElliott, devices: int, rng: np.random.Generator
    ) -> None:
        self._plan = plan
        self._model = model
        self._rng = rng
        share_bad = model.share_bad if model.start_state is Start.STATIONARY else 0.0
        self._bad: Bools = rng.random(devices, dtype=np.float32) < share_bad
        self._slot = 0
        self._phases_s = np.zeros(0)
        if plan.rhythm is not None:
            self._phases_s = rng.random(devices) * plan.rhythm.length_s

    def losses(self, slots: int) -> Bools:
        """Return whether each device loses each of the next transmissions: [slot, device]."""
        lost = self._channel_losses(slots)
        if self._plan.rhythm is not None:
            numbers = self._slot + np.arange(slots)
            times_s = self._plan.set_up_s + numbers * self._plan.slot_s
            lost |= self._plan.rhythm.losses(times_s, self._phases_s)
        self._slot += slots
        return lost

    def _channel_losses(self, slots: int) -> Bools:
        model, devices = self._model, len(self._bad)
        lost = np.empty((slots, devices), dtype=np.bool_)
        if model.p == 0 and not self._bad.any():
            return self._rng.random((slots, devices), dtype=np.float32) < model.loss_good
        draws = self._rng.random((slots, devices), dtype=np.float32)
        # Above `stay` a bad channel turns good, below `p` a good one turns bad.
        turns_bad, turns_good = draws < model.p, draws < model.r
        for slot in range(slots):
            lost[slot] = self._bad
            self._bad = np.where(self._bad, ~turns_good[slot], turns_bad[slot])
        if (model.loss_bad, model.loss_good) == (1.0, 0.0):
            return lost
        fates = self._rng.random((slots, devices), dtype=np.float32)
        return np.where(lost, fates < model.loss_bad, fates < model.loss_good)

    def keep(self, active: Bools) -> None:
        """Forget the devices that have left."""
        self._bad = self._bad[active]
        if self._plan.rhythm is not None:
            self._phases_s = self._phases_s[active]


def _outage_slots(plan: FleetPlan, first: int, slots: int) -> Bools | None:
    """Return whether each gateway is out in each slot: [slot, gateway]; None if none ever is."""
    if not any(plan.outages):
        return None
    out = np.zeros((slots, plan.gateways), dtype=np.bool_)
    times_s = plan.set_up_s + (first + np.arange(slots)) * plan.slot_s
    for gateway, outages in enumerate(plan.outages):
        for outage in outages:
            out[:, gateway] |= (outage.start_s <= times_s) & (times_s < outage.end_s)
    return out


def _unicast(plan: FleetPlan, channel: _Channels, gateway: Counts) -> ShardResult:
    finished = np.zeros(plan.slots + 1, dtype=np.int64)
    gave_up = np.zeros(plan.slots + 1, dtype=np.int64)
    left = np.full(len(gateway), plan.fragments, dtype=np.int32)
    run = np.zeros(len(gateway), dtype=np.int32)
    slot = 0
    while len(left):
        lost = channel.losses(BLOCK_SLOTS)
        out = _outage_slots(plan, slot, BLOCK_SLOTS)
        if out is not None:
            lost |= out[:, gateway]
        if left.min() > BLOCK_SLOTS and run.max() + BLOCK_SLOTS < plan.max_failures:
            # Nobody can leave within this block: the same in three steps instead of many.
            left -= BLOCK_SLOTS - np.count_nonzero(lost, axis=0).astype(np.int32)
            run = np.where(lost.all(axis=0), run + BLOCK_SLOTS, (~lost[::-1]).argmax(axis=0))
            slot += BLOCK_SLOTS
            continue
        active = np.ones(len(left), dtype=np.bool_)
        for step in range(BLOCK_SLOTS):
            left -= ~lost[step]
            run = np.where(lost[step], run + 1, 0)
            done, lost_contact = active & (left == 0), active & (run >= plan.max_failures)
            if done.any() or lost_contact.any():
                finished[slot + step + 1] += np.count_nonzero(done)
                gave_up[slot + step + 1] += np.count_nonzero(lost_contact)
                active &= ~(done | lost_contact)
        slot += BLOCK_SLOTS
        channel.keep(active)
        left, run, gateway = left[active], run[active], gateway[active]
    slots = np.arange(plan.slots + 1)
    return ShardResult(
        finished_by_slot=np.trim_zeros(finished, "b"),
        gave_up_by_slot=np.trim_zeros(gave_up, "b"),
        unreachable=0,
        too_many_losses=0,
        decoder_full=0,
        transmissions=int(((finished + gave_up) * slots).sum()),
    )


def _multicast(
    plan: FleetPlan, channel: _Channels, gateway: Counts, rng: np.random.Generator
) -> ShardResult:
    devices = len(gateway)
    finished = np.zeros(plan.slots + 1, dtype=np.int64)
    extra = _extra_fragments(rng, devices)
    received = np.zeros(devices, dtype=np.int32)
    decoder_full: Bools = np.zeros(devices, dtype=np.bool_)
    active = np.ones(devices, dtype=np.bool_)
    needed = np.full(devices, plan.fragments, dtype=np.int32)
    for first in range(0, plan.slots, BLOCK_SLOTS):
        slots = min(BLOCK_SLOTS, plan.slots - first)
        lost = channel.losses(slots)
        out = _outage_slots(plan, first, slots)
        if out is not None:
            lost |= out[:, gateway]
        for step in range(slots):
            received += ~lost[step]
            if first + step + 1 == plan.fragments:
                # Who lost nothing needs nothing more; the others need a few more than they lost.
                needed = np.where(received == plan.fragments, needed, needed + extra)
                if plan.max_lost is not None:
                    decoder_full = plan.fragments - received > plan.max_lost
                    active &= ~decoder_full
            if first + step + 1 >= plan.fragments:
                done = active & (received >= needed)
                finished[first + step + 1] += np.count_nonzero(done)
                active &= ~done
    return ShardResult(
        finished_by_slot=np.trim_zeros(finished, "b"),
        gave_up_by_slot=np.zeros(0, dtype=np.int64),
        unreachable=0,
        too_many_losses=int(np.count_nonzero(active)),
        decoder_full=int(np.count_nonzero(decoder_full)),
        transmissions=0,
    )


def _extra_fragments(rng: np.random.Generator, devices: int) -> npt.NDArray[np.int32]:
    """Draw how many coded fragments beyond what was lost each device will need.

    Large blocks of TS004 behave like a random linear code: with k too many all is solved with
    probability (1 - 2^-(k+1))(1 - 2^-(k+2))...: 0.29, 0.58, 0.77, 0.88, 0.94. Measured on the real
    rows: 0.28, 0.57, 0.77, 0.88, 0.94.
    """
    powers = 1 - 0.5 ** np.arange(1, 2 * _EXTRA_PROBABILITIES)
    solved = np.array([powers[extra:].prod() for extra in range(_EXTRA_PROBABILITIES)])
    return np.searchsorted(solved, rng.random(devices)).astype(np.int32)
