"""Transfers that bumble's real GATT and L2CAP make over our radio; needs `airdelta[bumble]`."""

import asyncio
import random

from bumble.device import Peer
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.l2cap import LeCreditBasedChannel, LeCreditBasedChannelSpec

from link_sim.ble.bumble_link import TimedLink, connected_pair
from link_sim.ble.connection import ATT_HEADER_BYTES
from link_sim.ble.pdu import Phy
from link_sim.ble.radio_queue import RadioSettings
from link_sim.ble.virtual_time import run_in_virtual_time
from link_sim.loss.model import Bernoulli

_SERVICE = "8D53DC1D-1DB7-4CD3-868B-8A527460AA84"
_CHARACTERISTIC = "DA2E7828-FBCE-4E01-AE9E-261174997C48"
"""Those of SMP over GATT, because that is what such transfers are for."""

_MAX_ATTRIBUTE_BYTES = 512
"""Core Vol 3 Part F 3.2.9."""
_PSM = 0x80
_SEED = 1
_SDU_BYTES = 2048
"""Longer SDUs than K-frames, as an upload has them."""


def gatt_write_rate_kbps(phy: Phy, att_mtu: int, size_bytes: int, loss: float) -> float:
    """Return the rate of GATT writes without response."""
    return run_in_virtual_time(_gatt_write(_link(phy, loss), att_mtu, size_bytes))


def coc_rate_kbps(phy: Phy, mps_bytes: int, size_bytes: int, loss: float) -> float:
    """Return the rate of a credit-based L2CAP channel."""
    return run_in_virtual_time(_coc_write(_link(phy, loss), mps_bytes, size_bytes))


def _link(phy: Phy, loss: float) -> TimedLink:
    return TimedLink(RadioSettings(phy=phy), Bernoulli(loss).start(random.Random(_SEED)))


class _Counter:
    """Resolves when everything has arrived."""

    def __init__(self, size_bytes: int) -> None:
        self._left_bytes = size_bytes
        self.done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def take(self, data: bytes) -> None:
        self._left_bytes -= len(data)
        if self._left_bytes <= 0 and not self.done.done():
            self.done.set_result(asyncio.get_running_loop().time())


async def _gatt_write(link: TimedLink, att_mtu: int, size_bytes: int) -> float:
    ours, theirs = await connected_pair(link)
    counter = _Counter(size_bytes)
    characteristic: Characteristic[bytes] = Characteristic(
        _CHARACTERISTIC,
        Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
        Characteristic.WRITEABLE,
        CharacteristicValue(write=lambda _connection, value: counter.take(value)),
    )
    theirs.device.add_service(Service(_SERVICE, [characteristic]))
    peer = Peer(ours)
    await peer.request_mtu(att_mtu)
    await peer.discover_services()
    await peer.discover_characteristics()
    [target] = peer.get_characteristics_by_uuid(characteristic.uuid)
    begin_s = asyncio.get_running_loop().time()
    piece_bytes = min(att_mtu - ATT_HEADER_BYTES, _MAX_ATTRIBUTE_BYTES)
    for start in range(0, size_bytes, piece_bytes):
        await target.write_value(bytes(min(piece_bytes, size_bytes - start)))
    return _kbps(size_bytes, await counter.done - begin_s)


async def _coc_write(link: TimedLink, mps_bytes: int, size_bytes: int) -> float:
    ours, theirs = await connected_pair(link)
    counter = _Counter(size_bytes)

    def accept(channel: LeCreditBasedChannel) -> None:
        channel.sink = counter.take

    spec = LeCreditBasedChannelSpec(psm=_PSM, mtu=_SDU_BYTES, mps=mps_bytes)
    theirs.device.create_l2cap_server(spec, accept)
    channel = await ours.create_l2cap_channel(spec)
    begin_s = asyncio.get_running_loop().time()
    channel.write(bytes(size_bytes))
    await channel.drain()
    return _kbps(size_bytes, await counter.done - begin_s)


def _kbps(size_bytes: int, duration_s: float) -> float:
    return size_bytes * 8 / duration_s / 1000
