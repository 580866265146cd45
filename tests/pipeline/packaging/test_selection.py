"""Selection: the smallest that fits, ties broken reproducibly, every refusal explained."""

from dataclasses import replace

import pytest

from device_apply.appliers.contract import ApplyNeeds
from device_apply.profile import DeviceProfile
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import Candidate
from pipeline.errors import Refused
from pipeline.packaging.obstacle import Obstacle, ObstacleKind, find_obstacle
from pipeline.packaging.selection import (
    AUTO,
    RatedCandidate,
    full_compressed_bytes,
    select,
)

PROFILE = parse_profile(builtin_profile_text("generic"))


def candidate(
    payload_format: PayloadFormat = PayloadFormat.BSDIFF4,
    payload_bytes: int = 100,
    ram_bytes: int = 1000,
    unsafe_reason: str | None = None,
) -> Candidate:
    return Candidate(
        engine=payload_format.label,
        payload_format=payload_format,
        payload=bytes(payload_bytes),
        needs=ApplyNeeds(
            ram_bytes=ram_bytes,
            ram_basis="made up",
            scratch_flash_bytes=0,
            random_base_access=True,
        ),
        parameters={},
        unsafe_reason=unsafe_reason,
    )


def rate(one: Candidate, profile: DeviceProfile = PROFILE, new_size: int = 1000) -> RatedCandidate:
    return RatedCandidate(
        candidate=one,
        package_bytes=300 + len(one.payload),
        obstacle=find_obstacle(one, 1000, new_size, profile),
    )


def test_the_smallest_package_that_fits_wins() -> None:
    rated = [
        rate(candidate(PayloadFormat.FULL, 900)),
        rate(candidate(PayloadFormat.BSDIFF4, 100, ram_bytes=10**7)),
        rate(candidate(PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, 400)),
    ]

    selection = select(rated, AUTO, PROFILE)

    assert selection.winner.candidate.engine == "detools-sequential-crle"
    assert selection.reason == (
        "smallest of 2 candidates that 'generic' can apply; 1 smaller one does not fit"
    )
    assert selection.full_compressed_bytes == 1200


def test_a_delta_that_saves_next_to_nothing_gives_way_to_the_full_image() -> None:
    full = rate(candidate(PayloadFormat.FULL, 9700))
    delta = rate(candidate(PayloadFormat.BSDIFF4, 9601))

    selection = select([delta, full], AUTO, PROFILE)

    assert selection.winner is full
    assert selection.reason == (
        "a delta would save 99 bytes and serve one base image; this serves all"
    )


def test_a_delta_that_saves_one_percent_is_taken() -> None:
    full = rate(candidate(PayloadFormat.FULL, 9700))
    delta = rate(candidate(PayloadFormat.BSDIFF4, 9599))

    assert select([delta, full], AUTO, PROFILE).winner is delta


def test_a_tie_goes_to_less_ram_and_then_to_the_name() -> None:
    first = rate(candidate(PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, 100, ram_bytes=200))
    second = rate(candidate(PayloadFormat.BSDIFF4, 100, ram_bytes=100))
    third = rate(candidate(PayloadFormat.ZSTD_PATCH, 100, ram_bytes=100))

    assert select([first, third, second], AUTO, PROFILE).winner is second
    assert select([second, first, third], AUTO, PROFILE).winner is second


@pytest.mark.parametrize(
    ("one", "new_size", "kind", "reason"),
    [
        (candidate(unsafe_reason="it bricks"), 1000, ObstacleKind.UNSAFE, "unsafe: it bricks"),
        (
            candidate(PayloadFormat.DETOOLS_IN_PLACE),
            1000,
            ObstacleKind.NO_APPLIER,
            "the device has no applier for detools-in-place",
        ),
        (
            candidate(ram_bytes=32_769),
            1000,
            ObstacleKind.RAM,
            "needs 32769 bytes of RAM, the device has 32768",
        ),
        (
            candidate(),
            2**22 + 1,
            ObstacleKind.SLOT,
            "the new image has 4194305 bytes, a slot 4194304",
        ),
    ],
)
def test_every_obstacle_is_named(
    one: Candidate, new_size: int, kind: ObstacleKind, reason: str
) -> None:
    assert find_obstacle(one, 1000, new_size, PROFILE) == Obstacle(kind, reason)


def test_a_payload_over_the_download_area_does_not_fit() -> None:
    one = candidate(payload_bytes=PROFILE.layout.download.size_bytes + 1)

    obstacle = find_obstacle(one, 1000, 1000, PROFILE)

    assert obstacle is not None
    assert obstacle.kind is ObstacleKind.DOWNLOAD_AREA


def test_exactly_the_limits_fit() -> None:
    one = candidate(ram_bytes=PROFILE.applier_ram_bytes)

    assert find_obstacle(one, PROFILE.slot_bytes, PROFILE.slot_bytes, PROFILE) is None


def test_nothing_fitting_is_refused_with_every_reason() -> None:
    tiny = replace(PROFILE, name="tiny", applier_ram_bytes=10)

    with pytest.raises(Refused, match="no strategy fits device 'tiny': bsdiff4: needs 1000"):
        select([rate(candidate(), tiny)], AUTO, tiny)


def test_an_engine_asked_for_by_name_is_taken_though_it_is_larger() -> None:
    rated = [rate(candidate(payload_bytes=1)), rate(candidate(PayloadFormat.FULL, 900))]

    selection = select(rated, "full", PROFILE)

    assert selection.winner.candidate.engine == "full"
    assert selection.reason == "asked for by name"


def test_an_unsafe_engine_is_refused_even_by_name() -> None:
    rated = [rate(candidate(unsafe_reason="it bricks"))]

    with pytest.raises(Refused, match="unsafe: it bricks"):
        select(rated, "bsdiff4", PROFILE)


def test_an_engine_that_made_nothing_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="made no payload"):
        select([rate(candidate())], "full", PROFILE)


def test_percentages_have_no_reference_without_a_full_image() -> None:
    assert full_compressed_bytes([rate(candidate())]) is None


def test_scratch_flash_that_the_device_does_not_have_is_an_obstacle() -> None:
    one = candidate()
    wanting = replace(one, needs=replace(one.needs, scratch_flash_bytes=PROFILE.scratch_bytes + 1))

    obstacle = find_obstacle(wanting, 1000, 1000, PROFILE)

    assert obstacle == Obstacle(
        ObstacleKind.SCRATCH_FLASH,
        "needs 65537 bytes of scratch flash, the device has 65536",
    )


def test_a_base_image_that_fits_no_slot_is_an_obstacle() -> None:
    obstacle = find_obstacle(candidate(), PROFILE.slot_bytes + 1, 1000, PROFILE)

    assert obstacle is not None
    assert obstacle.kind is ObstacleKind.SLOT
    assert obstacle.reason == "the base image has 4194305 bytes, a slot 4194304"
