"""The images run: they boot under QEMU, and what they say over the UART is right."""

import math
import re
import shutil
import zlib
from collections.abc import Iterator

import pytest

from sample_firmware import image_path
from sample_firmware.emulator import MACHINES, EmulatedNode, NodeError, boot
from tests.sample_firmware.image_list import IMAGES, LINK_ADDRESSES
from tests.sample_firmware.lorawan_network import JoinServer, Network

ROOT_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
DEVICE_EUI = bytes.fromhex("02005efffe100001")
SESSION = Network(
    address=0x2601_1BDA,
    network_key=bytes(range(16)),
    application_key=bytes(range(16, 32)),
)


def needs_qemu(target: str) -> pytest.MarkDecorator:
    machine = MACHINES[target]
    return pytest.mark.skipif(
        shutil.which(machine.qemu) is None,
        reason=f"needs {machine.qemu} (apt package {machine.debian_package})",
    )


def on_qemu(*images: tuple[str, str]) -> pytest.MarkDecorator:
    """Repeat a test for images, each skipped where its emulator is missing."""
    return pytest.mark.parametrize(
        ("target", "version"),
        [pytest.param(*image, marks=needs_qemu(image[0])) for image in images],
    )


@pytest.fixture
def node(target: str, version: str) -> Iterator[EmulatedNode]:
    with boot(image_path(version, target), target) as running:
        yield running


def air_frame(lines: list[str]) -> bytes:
    """Return the frame that an answer shows on the air."""
    (line,) = [line for line in lines if line.startswith("air ")]
    return bytes.fromhex(line.split()[-1])


def airtime_us(spreading_factor: int, frame_bytes: int) -> int:
    """Time on air at 125 kHz, CR 4/5 (AN1200.13), low data rate mode where symbols exceed 16 ms."""
    symbol_us = 2**spreading_factor * 8
    bits_per_symbol = spreading_factor - 2 * (symbol_us > 16_000)
    bits = 8 * frame_bytes - 4 * spreading_factor + 44
    symbols = 8 + max(math.ceil(bits / (4 * bits_per_symbol)), 0) * 5
    return int((8 + 4.25 + symbols) * symbol_us)


@on_qemu(*IMAGES)
def test_every_image_boots_says_its_version_and_passes_its_self_test(
    target: str, version: str, node: EmulatedNode
) -> None:
    board = target.removesuffix("-slotb")

    assert node.ask("version") == [f"sensor-node {version} {board}"]
    assert re.fullmatch(r"\d known answers match", node.ask("selftest")[0])


@on_qemu(*IMAGES)
def test_the_node_sees_its_own_image_at_the_link_address(
    target: str, version: str, node: EmulatedNode
) -> None:
    data = image_path(version, target).read_bytes()

    (line,) = node.ask("image")

    assert line == (
        f"sensor-node {version} at {LINK_ADDRESSES[target]:#010x}, {len(data)} bytes, "
        f"crc32 {zlib.crc32(data):08x}"
    )


@on_qemu(("cm3", "1.0.0"), ("rv32", "1.0.0"))
def test_sensors_measure_what_the_simulated_weather_is(node: EmulatedNode) -> None:
    values = {line.split()[0]: float(line.split()[1]) for line in node.ask("read")}

    assert 0 < values["temperature"] < 30
    assert 30 < values["humidity"] < 95
    assert 99_000 < values["pressure"] < 104_000
    assert values["dew-point"] < values["temperature"]


@on_qemu(("cm3", "1.0.1"), ("cm3", "2.0.0"), ("rv32", "1.1.0"))
def test_time_on_air_is_right_for_every_spreading_factor(node: EmulatedNode) -> None:
    for spreading_factor in range(7, 13):
        for frame_bytes in (13, 64, 255):
            answer = node.ask(f"airtime {spreading_factor} {frame_bytes}")
            assert answer == [f"{airtime_us(spreading_factor, frame_bytes)} us"]


@on_qemu(("cm3", "1.0.0"))
def test_release_1_0_0_has_the_bug_that_1_0_1_fixes(node: EmulatedNode) -> None:
    assert node.ask("airtime 10 64") == [f"{airtime_us(10, 64)} us"]
    assert node.ask("airtime 11 64") != [f"{airtime_us(11, 64)} us"]


@on_qemu(("cm3", "1.0.0"), ("cm3", "1.2.0"), ("cm3", "2.0.0"), ("rv32", "1.1.0"))
def test_uplinks_verify_and_decrypt_with_another_implementation(node: EmulatedNode) -> None:
    payload = bytes(range(40))
    node.ask(
        f"abp {SESSION.address:#x} {SESSION.network_key.hex()} {SESSION.application_key.hex()}"
    )
    uplink = SESSION.open_uplink(air_frame(node.ask(f"send 42 {payload.hex()}")))

    assert uplink.address == SESSION.address
    assert uplink.counter == 0
    assert uplink.port == 42
    assert uplink.payload == payload


@on_qemu(("cm3", "1.1.0"), ("cm3", "1.2.0"))
def test_a_join_gives_a_session_in_both_directions(node: EmulatedNode) -> None:
    server = JoinServer(root_key=ROOT_KEY, device_eui=DEVICE_EUI, address=0x0123_4567)
    # A channel in another sub-band: the join request has used up the duty cycle of its own.
    accept, network = server.accept(air_frame(node.ask("join")), fifth_channel_hz=867_100_000)
    node.ask(f"downlink {accept.hex()}")
    link_adr_request = bytes.fromhex("03 50 0f00 01")  # data rate 5, channels 0 to 3
    node.ask(f"downlink {network.downlink(0, 0, link_adr_request).hex()}")
    lines = node.ask("send")

    assert lines[0].startswith("air 867100000 SF7 ")
    uplink = network.open_uplink(air_frame(lines))
    assert uplink.options == bytes.fromhex("03 07")  # LinkADRAns: all three fields accepted
    assert uplink.port == 2
    assert uplink.payload[:2] == b"\x01\x67"  # Cayenne LPP: channel 1, temperature


@on_qemu(("cm3", "1.0.0"), ("cm3", "1.2.0"))
def test_forged_and_replayed_downlinks_are_refused(node: EmulatedNode) -> None:
    node.ask(
        f"abp {SESSION.address:#x} {SESSION.network_key.hex()} {SESSION.application_key.hex()}"
    )
    genuine = SESSION.downlink(0, 10, b"\x01\x3c\x00\x00\x00")  # report period: 60 s
    forged = genuine[:-1] + bytes([genuine[-1] ^ 1])

    with pytest.raises(NodeError, match="integrity code wrong"):
        node.ask(f"downlink {forged.hex()}")
    node.ask(f"downlink {genuine.hex()}")
    with pytest.raises(NodeError, match="replayed"):
        node.ask(f"downlink {genuine.hex()}")
    assert node.ask("config get report-period-s") == ["report-period-s=60"]


@on_qemu(("cm3", "1.0.0"), ("rv32", "1.0.0"))
def test_settings_survive_a_reboot(node: EmulatedNode) -> None:
    node.ask("config set altitude-m 520")
    node.ask("reboot")
    node.wait_until_ready()

    assert node.ask("config get altitude-m") == ["altitude-m=520"]


@on_qemu(("cm3", "1.0.0"))
def test_settings_outlive_more_changes_than_a_page_of_the_store_holds(node: EmulatedNode) -> None:
    node.ask("config set port 99")
    for value in range(400):
        node.ask(f"config set altitude-m {value}")
    node.ask("reboot")
    node.wait_until_ready()

    assert node.ask("config get altitude-m") == ["altitude-m=399"]
    assert node.ask("config get port") == ["port=99"]
    assert node.ask("config usage")[0].endswith("page change 2")


@on_qemu(("cm3", "1.0.0"))
def test_bad_commands_are_answered_with_a_reason(node: EmulatedNode) -> None:
    for command, reason in [
        ("frobnicate", "unknown command"),
        ("config set port 0", "out of range"),
        ("config get no-such", "unknown setting"),
        ("airtime 13 10", "spreading factor"),
        ("dump 0x40004000", "neither in the image nor in RAM"),
        ("send", "not joined"),
        ("x" * 600, "line too long"),
    ]:
        with pytest.raises(NodeError, match=reason):
            node.ask(command)


@on_qemu(("cm3", "1.1.0"), ("cm3", "2.0.0"), ("rv32", "1.1.0"))
def test_the_soil_probe_of_1_1_0_answers(node: EmulatedNode) -> None:
    values = {line.split()[0]: float(line.split()[1]) for line in node.ask("soil")}

    assert 9 <= values["permittivity"] <= 26
    assert 10 < values["water"] < 45
    assert node.ask("soil identity") == ["14AIRDELTASOIL-3100"]


@on_qemu(("cm3", "1.0.0"))
def test_the_soil_command_does_not_exist_before_1_1_0(node: EmulatedNode) -> None:
    with pytest.raises(NodeError, match="unknown command"):
        node.ask("soil")
