"""SMP over GATT on a simulated BLE link: the one characteristic that mcumgr defines.

What answers the frames is the caller's: a server in `device_apply`, or a stand-in. Needs the extra
`airdelta[bumble]`; run it in `virtual_time`.
"""

import asyncio

from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from link_sim.ble.smp_answers import Handler

SERVICE_UUID = "8D53DC1D-1DB7-4CD3-868B-8A527460AA84"
CHARACTERISTIC_UUID = "DA2E7828-FBCE-4E01-AE9E-261174997C48"


class SmpService:
    """Hands what a client writes to a handler and notifies the client of its answers."""

    def __init__(self, connection: Connection, handler: Handler) -> None:
        """Add the service to the peripheral's end of a connection, before clients discover it."""
        self._connection = connection
        self._handler = handler
        self._writes: asyncio.Queue[bytes] = asyncio.Queue()
        self._characteristic: Characteristic[bytes] = Characteristic(
            CHARACTERISTIC_UUID,
            Characteristic.Properties.WRITE_WITHOUT_RESPONSE | Characteristic.Properties.NOTIFY,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=lambda _connection, value: self._writes.put_nowait(value)),
        )
        connection.device.add_service(Service(SERVICE_UUID, [self._characteristic]))
        self._worker = asyncio.get_running_loop().create_task(self._answer_writes())

    async def _answer_writes(self) -> None:
        while True:
            answers = self._handler(await self._writes.get())
            await asyncio.sleep(answers.after_s)
            for frame in answers.frames:
                await self._connection.device.notify_subscriber(
                    self._connection, self._characteristic, frame
                )
