"""PyPI's unmodified smpclient updates a simulated device over our radio, in virtual time.

Needs `airdelta[bumble]` and smpclient, which cannot share an environment with cwt (cbor2 6 against
5): `make test-smpclient` makes one.
"""

import asyncio
import random
from collections.abc import Callable
from importlib import import_module

import pytest

from device_apply.lifecycle import LifecycleState
from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice
from link_sim.ble.pdu import Phy
from link_sim.ble.radio_queue import RadioSettings
from link_sim.ble.virtual_time import run_in_virtual_time
from link_sim.loss.model import Bernoulli
from pipeline.rehearsal.smp_board import SmpBoard
from tests.device_apply.small_device import (
    Update,
    delta_update,
    full_update,
    new_image,
    provisioned_device,
)

pytest.importorskip("bumble", reason="needs the extra airdelta[bumble]")
pytest.importorskip("smpclient", reason="needs smpclient")

from link_sim.ble.bumble_link import TimedLink, connected_pair
from link_sim.ble.bumble_smp import SmpService
from link_sim.ble.smp_answers import Answers, Handler

smpclient = import_module("smpclient")
smpclient_bumble = import_module("smpclient.transport.bumble")
smpclient_error = import_module("smpclient.exceptions").SMPUploadError

UPDATES: dict[str, Callable[[], Update]] = {"delta": delta_update, "full": full_update}
FLASH_WAIT_S = 24 * 0.02
"""What erasing the whole download area of the small device would take: more than a package does."""


def fresh_board() -> Board:
    return Board(provisioned_device())


def upload(package: bytes, handler: Handler, loss: float) -> float:
    """Let smpclient upload a package; return the simulated seconds that it took."""

    async def main() -> float:
        settings = RadioSettings(phy=Phy.LE_2M, encrypted=False, interval_us=30_000)
        link = TimedLink(settings, Bernoulli(loss).start(random.Random(1)))
        central, peripheral = await connected_pair(link)
        SmpService(peripheral, handler)
        begin_s = asyncio.get_running_loop().time()
        unconnected = smpclient_bumble.SMPBumbleTransport()
        async with smpclient_bumble.borrowed_connection(unconnected, central) as transport:
            client = smpclient.SMPClient(transport, "simulated")
            async for _ in client.upload(package):
                pass
        return asyncio.get_running_loop().time() - begin_s

    return run_in_virtual_time(main())


@pytest.mark.parametrize("kind", UPDATES)
def test_a_device_updates_itself_with_what_arrives_at_ten_percent_loss(kind: str) -> None:
    update, board = UPDATES[kind](), fresh_board()

    upload(update.head + update.payload, SmpBoard(board).answer, loss=0.1)
    board.device.install()
    board.reset()
    board.attempt(SimulatedDevice.confirm)

    assert board.device.state.lifecycle is LifecycleState.CONFIRMED
    assert board.device.running_image() == new_image()


def test_the_same_seed_takes_the_same_simulated_time() -> None:
    update = full_update()

    first_s, second_s, lossless_s = (
        upload(update.head + update.payload, SmpBoard(fresh_board()).answer, loss)
        for loss in (0.1, 0.1, 0.0)
    )

    assert first_s == second_s
    assert lossless_s < first_s


def test_an_upload_takes_two_events_per_frame_and_the_time_of_the_flash() -> None:
    update, board = full_update(), fresh_board()
    package = update.head + update.payload
    frames = -(-len(package) // 220)

    duration_s = upload(package, SmpBoard(board).answer, loss=0.0)

    assert frames * 0.06 + FLASH_WAIT_S < duration_s < frames * 0.06 * 1.3 + 2 * FLASH_WAIT_S


def test_a_refused_package_fails_with_the_devices_reason() -> None:
    update = full_update(security_counter=1)
    board = fresh_board()

    with pytest.raises(smpclient_error, match="counter"):
        upload(update.head + update.payload, SmpBoard(board).answer, loss=0.1)

    assert board.device.state.lifecycle is LifecycleState.IDLE


def test_a_stand_in_for_a_device_can_answer_too() -> None:
    """Whatever speaks SMP may sit behind the characteristic; here nothing supports anything."""
    with pytest.raises(smpclient_error):
        upload(bytes(1000), lambda data: Answers(frames=[not_supported(data)]), loss=0.0)


def not_supported(request: bytes) -> bytes:
    return bytes([request[0] + 1, 0, 0, 5]) + request[4:8] + b"\xa1\x62rc\x08"
