"""PyPI's unmodified smpclient uploads an image over our radio, in virtual time.

Needs `airdelta[bumble]` and smpclient, which cannot share an environment with cwt (cbor2 6 against
5). The SMP server here answers what an upload asks and no more.
"""

import asyncio
import random
import struct
from importlib import import_module

import pytest

from link_sim.ble.pdu import Phy
from link_sim.ble.radio_queue import RadioSettings
from link_sim.ble.virtual_time import run_in_virtual_time
from link_sim.loss.model import Bernoulli

pytest.importorskip("bumble", reason="needs the extra airdelta[bumble]")
pytest.importorskip("smpclient", reason="needs smpclient")

import cbor2
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from link_sim.ble.bumble_link import TimedLink, connected_pair

smpclient = import_module("smpclient")
smpclient_bumble = import_module("smpclient.transport.bumble")

SMP_HEADER = struct.Struct(">BBHHBB")
OS_GROUP, PARAMETERS, IMAGE_GROUP, UPLOAD = 0, 6, 1, 1


class SmpServer:
    """Takes uploads over one GATT characteristic."""

    def __init__(self, connection: Connection) -> None:
        self.image = bytearray()
        self._connection = connection
        self._received = b""
        self._characteristic: Characteristic[bytes] = Characteristic(
            "DA2E7828-FBCE-4E01-AE9E-261174997C48",
            Characteristic.Properties.WRITE_WITHOUT_RESPONSE | Characteristic.Properties.NOTIFY,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self._written),
        )
        service = Service("8D53DC1D-1DB7-4CD3-868B-8A527460AA84", [self._characteristic])
        connection.device.add_service(service)

    def _written(self, _connection: Connection, value: bytes) -> None:
        self._received += value
        length = SMP_HEADER.size + int.from_bytes(self._received[2:4])
        if len(self._received) >= length:
            request, self._received = self._received[:length], self._received[length:]
            asyncio.get_running_loop().create_task(self._answer(request))

    async def _answer(self, request: bytes) -> None:
        op, flags, _, group, sequence, command = SMP_HEADER.unpack_from(request)
        body = cbor2.loads(request[SMP_HEADER.size :])
        if (group, command) == (IMAGE_GROUP, UPLOAD):
            if body["off"] == len(self.image):
                self.image += body["data"]
            answer = cbor2.dumps({"rc": 0, "off": len(self.image)})
        else:
            answer = cbor2.dumps({"buf_size": 1024, "buf_count": 4})
        header = SMP_HEADER.pack(op + 1, flags, len(answer), group, sequence, command)
        await self._connection.device.notify_subscriber(
            self._connection, self._characteristic, header + answer
        )


def upload(image: bytes, loss: float) -> tuple[bytes, float]:
    """Return what the server has and the simulated seconds that the upload took."""

    async def main() -> tuple[bytes, float]:
        settings = RadioSettings(phy=Phy.LE_2M, encrypted=False, interval_us=30_000)
        link = TimedLink(settings, Bernoulli(loss).start(random.Random(1)))
        central, peripheral = await connected_pair(link)
        server = SmpServer(peripheral)
        begin_s = asyncio.get_running_loop().time()
        unconnected = smpclient_bumble.SMPBumbleTransport()
        async with smpclient_bumble.borrowed_connection(unconnected, central) as transport:
            client = smpclient.SMPClient(transport, "simulated")
            async for _ in client.upload(image):
                pass
        return bytes(server.image), asyncio.get_running_loop().time() - begin_s

    return run_in_virtual_time(main())


def test_an_image_arrives_whole_at_ten_percent_loss() -> None:
    image = random.Random(2).randbytes(20_000)

    received, duration_s = upload(image, loss=0.1)

    assert received == image
    # 244-byte frames, two connection events of 30 ms each, and what the losses add
    assert 20_000 / 220 * 0.06 < duration_s < 20_000 / 220 * 0.06 * 1.6


def test_the_same_seed_takes_the_same_simulated_time() -> None:
    image = random.Random(2).randbytes(5000)

    assert upload(image, loss=0.1) == upload(image, loss=0.1)
