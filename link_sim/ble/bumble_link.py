"""Google's bumble over our radio: its hosts and controllers unchanged, our link between them.

Bumble's own `LocalLink` carries everything at once. `TimedLink` takes its place: ACL data waits for
its turn on a `RadioQueue` and arrives when its last link-layer PDU does, lost ones repeated. Needs
the extra `airdelta[bumble]`; run it in `virtual_time`. Advertising and link control are as in
bumble: without delay.
"""

import asyncio
from collections import deque

from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.device import Connection, Device
from bumble.hci import Address, OwnAddressType, Role
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from link_sim.ble.radio_queue import Exchange, RadioQueue, RadioSettings, Side
from link_sim.loss.model import LossProcess

L2CAP_HEADER_BYTES = 4

_ADDRESSES = {Side.CENTRAL: "F0:F1:F2:F3:F4:F5", Side.PERIPHERAL: "F5:F4:F3:F2:F1:F0"}
_ACL_BUFFER_BYTES = 251
"""What a controller with data length extension takes from its host at once."""


class TimedLink(LocalLink):
    """Two controllers and the air between them."""

    def __init__(self, settings: RadioSettings, channel: LossProcess) -> None:
        """Begin without traffic."""
        super().__init__()  # type: ignore[no-untyped-call]  # bumble left this one untyped
        self._radio = RadioQueue(settings, channel)
        self._waiting: dict[Side, deque[tuple[Controller, Address, bytes]]] = {
            side: deque() for side in Side
        }
        self._busy = False
        self._free_s = 0.0

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Queue one L2CAP PDU for the other controller."""
        receiver = self.find_le_controller(destination_address)
        if transport is not PhysicalTransport.LE or receiver is None:
            return
        role = next(iter(sender_controller.le_connections.values())).role
        side = Side.CENTRAL if role == Role.CENTRAL else Side.PERIPHERAL
        self._waiting[side].append((receiver, sender_controller.random_address, data))
        self._radio.put(side, len(data))
        if not self._busy:
            self._busy = True
            self._run_exchange(max(asyncio.get_running_loop().time(), self._free_s))

    def _run_exchange(self, start_s: float) -> None:
        exchange = self._radio.exchange(start_s)
        loop = asyncio.get_running_loop()
        loop.call_at(exchange.end_s, self._finish_exchange, exchange)

    def _finish_exchange(self, exchange: Exchange) -> None:
        for side, _ in exchange.arrived:
            receiver, source, data = self._waiting[side].popleft()
            receiver.on_link_acl_data(source, PhysicalTransport.LE, data)
        self._busy = not self._radio.idle
        if self._busy:
            self._run_exchange(exchange.next_s)
        self._free_s = exchange.next_s


async def connected_pair(link: TimedLink) -> tuple[Connection, Connection]:
    """Return the two ends, central's and peripheral's, of a fresh connection over a link."""
    central, peripheral = (_powered_device(side, link) for side in Side)
    await central.power_on()
    await peripheral.power_on()
    accepted: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
    peripheral.on("connection", accepted.set_result)
    await peripheral.start_advertising(own_address_type=OwnAddressType.RANDOM)
    ours = await central.connect(
        Address(_ADDRESSES[Side.PERIPHERAL]), own_address_type=OwnAddressType.RANDOM
    )
    return ours, await accepted


def _powered_device(side: Side, link: TimedLink) -> Device:
    controller = Controller(side.name, link=link)
    controller.le_acl_data_packet_length = _ACL_BUFFER_BYTES
    address = Address(_ADDRESSES[side])
    controller.random_address = address
    return Device(address=address, host=Host(controller, AsyncPipeSink(controller)))
