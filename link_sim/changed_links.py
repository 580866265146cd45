"""Links with one setting changed, of those that somebody may choose otherwise.

Data rate, coded fragments and fragment size of LoRaWAN in class C; connection interval, MTU and PHY
of BLE; block size of CoAP. What the radio or the link's own rules refuse is left out. A loss that
was measured on a link was measured with its settings: whether another data rate or PHY reaches the
devices as well, it does not say.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias

from link_sim.ble.connection import MIN_ATT_MTU, Connection
from link_sim.ble.link import BleLink
from link_sim.ble.pdu import Phy
from link_sim.ble.smp_link import SmpLink
from link_sim.cellular.block_transfer import BlockLink, Transfer
from link_sim.errors import LinkError
from link_sim.link import Link
from link_sim.lora.coded_repair import RedundancyPlan
from link_sim.lora.link import LorawanLink
from link_sim.lora.listening import CLASS_C

CODED_SHARES: Final = (0.1, 0.2, 0.3, 0.5)
"""Coded fragments per data fragment; operators' tools offer such steps (AWS: 0 to 100 %)."""
INTERVALS_MS: Final = (7.5, 15, 30, 50, 100)
"""The shortest one, Apple's least, Android's balanced ones, and slower."""
MTUS: Final = (MIN_ATT_MTU, 185, 247)
"""The default, iOS's, and what fills a PDU of 251 bytes."""
BLOCK_SIZES: Final = (256, 512, 1024)
_US_PER_MS: Final = 1000


_Setting: TypeAlias = tuple[str, Callable[[], Link], bool]
"""What it is called, how to build it, and whether it changes the reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLink:
    """A link with one setting changed."""

    setting: str
    """What was changed, for people: `DR5`, `interval 15 ms`."""
    link: Link
    changes_reach: bool = False
    """Whether a loss that was measured with the given settings says little about these."""


def changed_links(link: Link) -> tuple[ChangedLink, ...]:
    """Return a link with one setting changed, as often as there are settings to change."""
    found = []
    for setting, build, changes_reach in _settings(link):
        try:
            changed = build()
            changed.estimate(1)
        except LinkError:
            continue
        if changed != link:
            found.append(ChangedLink(setting=setting, link=changed, changes_reach=changes_reach))
    return tuple(found)


def _settings(link: Link) -> Iterator[_Setting]:
    match link:
        case LorawanLink():
            yield from _lorawan(link)
        case BleLink():
            yield from _ble(link)
        case SmpLink():
            for interval_ms in INTERVALS_MS:
                radio = replace(link.radio, interval_us=round(interval_ms * _US_PER_MS))
                yield f"interval {interval_ms:g} ms", partial(replace, link, radio=radio), False
        case BlockLink():
            for size in BLOCK_SIZES:
                yield f"blocks of {size} bytes", partial(_in_blocks, link, size), False
        case _:
            return


def _lorawan(link: LorawanLink) -> Iterator[_Setting]:
    if link.listening == CLASS_C:
        for index in link.region.downlink:
            yield f"DR{index}", partial(_at_data_rate, link, index), True
    if link.redundancy is not None:
        yield "repeats", partial(replace, link, redundancy=None), False
    for share in CODED_SHARES:
        plan = replace(link.redundancy or RedundancyPlan(first_share=share), first_share=share)
        yield f"{100 * share:.0f} % coded", partial(replace, link, redundancy=plan), False
    half = link.max_fragment_bytes // 2
    limited = partial(replace, link, fragment_limit_bytes=half)
    yield f"fragments of {half} bytes", limited, False


def _at_data_rate(link: LorawanLink, index: int) -> Link:
    """Return a link at another data rate; uplinks stay at the same one if they were."""
    both = link.uplink_data_rate == link.downlink_data_rate
    uplink_data_rate = index if both else link.uplink_data_rate
    return replace(link, downlink_data_rate=index, uplink_data_rate=uplink_data_rate)


def _ble(link: BleLink) -> Iterator[_Setting]:
    for interval_ms in INTERVALS_MS:
        interval_us = round(interval_ms * _US_PER_MS)
        connect = partial(replace, link.connection, interval_us=interval_us)
        yield f"interval {interval_ms:g} ms", partial(_connected, link, connect), False
    for mtu in MTUS:
        connect = partial(replace, link.connection, att_mtu=mtu)
        yield f"MTU {mtu}", partial(_connected, link, connect), False
    for phy in (Phy.LE_1M, Phy.LE_2M, Phy.CODED_S8):
        connect = partial(replace, link.connection, phy=phy)
        yield f"PHY {phy}", partial(_connected, link, connect), True


def _connected(link: BleLink, connect: Callable[[], Connection]) -> Link:
    return replace(link, connection=connect())


def _in_blocks(link: BlockLink[Transfer], size: int) -> Link:
    return replace(link, largest_block=replace(link.largest_block, block_bytes=size))
