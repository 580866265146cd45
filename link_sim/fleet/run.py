"""Running a fleet: shards through any `concurrent.futures.Executor`, or one after the other."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor

import numpy as np

from link_sim.errors import ImpossibleValueError
from link_sim.fleet.pace import Pace
from link_sim.fleet.plan import (
    DeviceGroup,
    FleetPlan,
    Service,
    channel_of,
    outages_of,
)
from link_sim.fleet.report import FleetReport
from link_sim.fleet.rhythm import rhythm_of
from link_sim.fleet.shard import SHARD_DEVICES, ShardResult, ShardTask, merge, simulate_shard
from link_sim.link import Link
from link_sim.lora.link import LorawanLink
from link_sim.loss.model import LossModel


def run_fleet(
    plan: FleetPlan,
    seed: int,
    executor: Executor | None = None,
    observe: Callable[[int], None] | None = None,
) -> FleetReport:
    """Simulate a campaign.

    Same plan and seed, same report, whatever the executor and the number of its workers.

    Args:
        plan: The campaign.
        seed: Of all chance in it.
        executor: Where the shards run; in this thread if not given.
        observe: Told the number of devices of each shard that is done, for progress bars.
    """
    tasks = _tasks(plan, seed)
    results: Iterable[ShardResult] = (
        map(simulate_shard, tasks) if executor is None else executor.map(simulate_shard, tasks)
    )
    done = []
    for task, result in zip(tasks, results, strict=True):
        done.append(result)
        if observe is not None:
            observe(task.devices)
    return FleetReport(plan=plan, sums=merge(done))


def plan_for_link(
    link: Link, size_bytes: int, devices: int, loss: LossModel, gateways: int = 1
) -> FleetPlan:
    """Return the plan of carrying a payload over a link to many devices, all on one channel model.

    A LoRaWAN link with coded fragments serves all devices at once with its first burst, every other
    link each device on its own. The time per fragment is the link's own estimate; what its protocol
    asks around the fragments is in the set-up. An outage hits all gateways.

    Raises:
        ImpossibleValueError: a payload, a loss model or a number of devices that cannot be.
    """
    if size_bytes < 1:
        raise ImpossibleValueError("size_bytes", "there is nothing to carry")
    fragments = -(-size_bytes // link.max_fragment_bytes)
    redundancy = link.redundancy if isinstance(link, LorawanLink) else None
    pace = Pace.of(link)
    outages = outages_of(loss)
    return FleetPlan(
        devices=devices,
        fragments=fragments,
        slot_s=pace.slot_s,
        on_air_s=pace.on_air_s,
        groups=(DeviceGroup(name="all", share=1.0, channel=channel_of(loss, pace.slot_s)),),
        service=Service.UNICAST if redundancy is None else Service.MULTICAST,
        coded_fragments=0 if redundancy is None else redundancy.first_burst(fragments),
        max_lost=None if redundancy is None else redundancy.max_lost,
        gateways=gateways,
        outages=(outages,) * gateways if outages else (),
        rhythm=rhythm_of(loss),
        set_up_s=pace.set_up_s,
        sender_share=_sender_share(link),
    )


def _sender_share(link: Link) -> float:
    if isinstance(link, LorawanLink):
        return min(link.region.sub_band_at(link.downlink_hz).duty_cycle, 1.0)
    return 1.0


def _tasks(plan: FleetPlan, seed: int) -> list[ShardTask]:
    firsts = range(0, plan.devices, SHARD_DEVICES)
    seeds = np.random.SeedSequence(seed).spawn(len(firsts))
    return [
        ShardTask(
            plan=plan,
            first_device=first,
            devices=min(SHARD_DEVICES, plan.devices - first),
            seed=one,
        )
        for first, one in zip(firsts, seeds, strict=True)
    ]
