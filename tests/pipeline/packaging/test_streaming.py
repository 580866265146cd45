"""Packages for devices that decode while they download: made, proved, and cut."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.profile import CHECKPOINT_BYTES, DeviceProfile, LayoutKind
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.simulator.update_run import run_update
from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.chunks import MAX_HASH_BYTES, chunk_count
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.runner import process_executor
from pipeline.errors import InputError, Refused
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image
from pipeline.in_place.layouts import with_layout
from pipeline.keys.signer import LocalSigner
from pipeline.packaging.build import BuildRequest, BuiltPackage, build_package
from pipeline.packaging.chunk_choice import HEAD_WITH_HASHES_BYTES, ChunkWish
from pipeline.packaging.obstacle import ObstacleKind
from pipeline.packaging.streaming import (
    MOST_STREAMED_CHUNKS,
    choose_streaming_chunks,
    streaming_obstacle,
    with_streaming,
)
from pipeline.rehearsal.proof import prove
from pipeline.torture.commit_phase import find_commit
from pipeline.torture.shards import sampled_shards
from pipeline.torture.survival import run_here
from pipeline.torture.victim import make_victim
from sample_firmware import image_path
from tests.pipeline.packaging.test_selection import candidate

NODE = parse_profile(builtin_profile_text("sensor-node"))
STREAMING = with_streaming(NODE)
SIGNER = LocalSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
VERIFIER = TrustAnchors([PublicKey(SIGNER.key.public_key())])
ENGINES = ("airdelta-tiny", "full")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with process_executor(1) as made:
        yield made


@pytest.fixture(scope="module")
def images() -> tuple[FirmwareImage, FirmwareImage]:
    base, new = (read_image(image_path(version)) for version in ("1.0.0", "1.1.0"))
    return base, new


@pytest.fixture(scope="module")
def built(images: tuple[FirmwareImage, FirmwareImage], executor: Executor) -> BuiltPackage:
    base, new = images
    request = BuildRequest(base=base, new=new, profile=STREAMING, security_counter=1)
    return build_package(request, SIGNER, executor, engines=ENGINES)


def test_the_download_area_is_divided_into_head_and_checkpoints() -> None:
    layout, flash = STREAMING.layout, STREAMING.flash

    assert layout.checkpoints is not None
    assert layout.download.offset == NODE.layout.download.offset
    assert layout.download.end == layout.checkpoints.offset
    assert layout.checkpoints.end <= NODE.layout.download.end
    bank_bytes = flash.whole_sectors(CHECKPOINT_BYTES + NODE.applier_ram_bytes)
    assert STREAMING.checkpoint_bank_bytes == bank_bytes
    assert with_streaming(STREAMING) == STREAMING


def test_a_device_with_one_slot_does_not_stream() -> None:
    with pytest.raises(InputError, match=r"--stream: only a device with two slots"):
        with_streaming(with_layout(NODE, LayoutKind.OVERWRITE))


def test_a_download_area_without_room_for_checkpoints_is_told() -> None:
    small = replace(NODE, applier_ram_bytes=1 << 20)

    with pytest.raises(InputError, match=r"--stream: head and checkpoints take .*checkpoints"):
        with_streaming(small)


@pytest.mark.parametrize("payload_bytes", [1, 5_000, 200_000, 3_000_000])
def test_chunks_are_small_and_their_full_hashes_fit_a_head(payload_bytes: int) -> None:
    choice = choose_streaming_chunks(payload_bytes, None)

    assert choice.hash_bytes == MAX_HASH_BYTES
    assert choice.chunk_bytes >= 1024
    assert chunk_count(payload_bytes, choice.chunk_bytes) <= MOST_STREAMED_CHUNKS


def test_a_streamed_head_is_within_the_budget_of_all_heads_with_hashes(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor
) -> None:
    base, new = images
    most = ChunkWish(chunk_bytes=-(-new.size // MOST_STREAMED_CHUNKS))
    request = BuildRequest(
        base=base, new=new, profile=STREAMING, security_counter=1, engine="full", chunks=most
    )
    package = build_package(request, SIGNER, executor, engines=("full",)).package
    chunks = package.head.manifest.chunks

    assert chunks is not None
    assert len(chunks.hashes) > (MOST_STREAMED_CHUNKS - 2) * MAX_HASH_BYTES
    assert len(package.head_bytes) <= HEAD_WITH_HASHES_BYTES


@pytest.mark.parametrize(
    ("wanted", "message"),
    [(0, "none"), (64, "at least 128"), (512, f"at most {MOST_STREAMED_CHUNKS} of them")],
)
def test_chunks_that_cannot_be_streamed_are_refused(wanted: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_streaming_chunks(512 * MOST_STREAMED_CHUNKS + 1, wanted)


def test_as_many_chunks_as_a_head_lists_are_streamed() -> None:
    assert choose_streaming_chunks(512 * MOST_STREAMED_CHUNKS, 512).chunk_bytes == 512


def test_what_cannot_be_decoded_in_pieces_is_no_candidate() -> None:
    large = replace(candidate(PayloadFormat.AIRDELTA), engine="airdelta-large")
    hungry = candidate(PayloadFormat.AIRDELTA, ram_bytes=NODE.applier_ram_bytes)
    tight = candidate(PayloadFormat.AIRDELTA, ram_bytes=NODE.applier_ram_bytes - 1024)
    roomy = replace(STREAMING, applier_ram_bytes=1 << 20)
    kinds = [
        obstacle and obstacle.kind
        for obstacle in (
            streaming_obstacle(candidate(PayloadFormat.BSDIFF4), STREAMING),
            streaming_obstacle(large, STREAMING),
            streaming_obstacle(hungry, STREAMING),
            streaming_obstacle(candidate(PayloadFormat.AIRDELTA, ram_bytes=100_000), roomy),
            streaming_obstacle(tight, STREAMING),
            streaming_obstacle(candidate(PayloadFormat.BSDIFF4), NODE),
        )
    ]

    assert kinds == [
        ObstacleKind.NO_APPLIER,
        ObstacleKind.NO_APPLIER,
        ObstacleKind.RAM,
        ObstacleKind.CHECKPOINTS,
        None,
        None,
    ]


def test_a_package_is_proved_on_a_device_without_room_for_its_payload(
    images: tuple[FirmwareImage, FirmwareImage], built: BuiltPackage
) -> None:
    base, new = images
    chunks = built.package.head.manifest.chunks
    proof = prove(built.package, base, new, STREAMING, VERIFIER)

    assert chunks is not None
    assert chunks.hash_bytes == MAX_HASH_BYTES
    assert proof.erased_sectors > new.size // NODE.flash.sector_bytes
    assert built.selection.winner.candidate.engine == "airdelta-tiny"


def test_a_full_image_is_streamed_where_no_area_would_hold_it(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor
) -> None:
    base, new = images
    request = BuildRequest(base=base, new=new, profile=STREAMING, security_counter=1, engine="full")
    full = build_package(request, SIGNER, executor, engines=("full",))

    assert len(full.package.payload) > STREAMING.layout.download.size_bytes
    assert prove(full.package, base, new, STREAMING, VERIFIER).programmed_bytes > new.size


def test_a_package_with_short_hashes_does_not_fit_and_is_not_proved(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor
) -> None:
    base, new = images
    request = BuildRequest(
        base=base,
        new=new,
        profile=NODE,
        security_counter=1,
        engine="full",
        chunks=ChunkWish(chunk_bytes=1024),
    )
    full = build_package(request, SIGNER, executor, engines=("full",))

    with pytest.raises(Refused, match="do not fit the download area"):
        prove(full.package, base, new, STREAMING, VERIFIER)


def test_a_link_that_loses_fragments_brings_them_in_order_in_the_end(
    images: tuple[FirmwareImage, FirmwareImage], built: BuiltPackage
) -> None:
    base, new = images
    device = SimulatedDevice(STREAMING, VERIFIER)
    device.provision(base.data)
    payload, rounds = built.package.payload, 0

    def deliver(board: Board) -> None:
        nonlocal rounds
        rounds += 1
        for index in board.device.missing():
            if (index + rounds) % 7:
                board.receive(index, payload[index * 100 :][:100])

    assert run_update(Board(device), built.package.head_bytes, 100, deliver).label == "confirmed"
    assert rounds > 2
    assert device.running_image() == new.data


def streaming_profile() -> DeviceProfile:
    """Little RAM, so that checkpoints take few operations."""
    return with_streaming(replace(NODE, applier_ram_bytes=10_240))


def test_a_streamed_update_survives_drawn_cuts_and_its_commit_is_the_download(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor
) -> None:
    victim = make_victim(*images, streaming_profile(), executor)
    operations = victim.sweep().operations()
    report = run_here(victim, list(sampled_shards(operations, 60, seed=2)))

    assert report.failures == 0
    assert len(find_commit(victim).operations) > operations // 2
