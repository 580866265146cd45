"""Ways through a product's versions: straight ones, chains, and those that lead nowhere."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers.contract import ApplyNeeds
from device_apply.profile import DeviceProfile, SlotAddressing
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import Candidate
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage, ImageFormat
from pipeline.images.releases import Release
from pipeline.packaging.obstacle import Obstacle, ObstacleKind
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.update_paths import PathKind, Rate, UpdatePath, find_ways

PROFILE = parse_profile(builtin_profile_text("sensor-node"))
FULL_BYTES = 10_000


def release(version: str) -> Release:
    data = hashlib.sha256(version.encode()).digest()
    image = FirmwareImage(
        name=version, data=data, load_address=None, source_format=ImageFormat.BINARY
    )
    return Release(version=version, image=image)


def candidate(size: int, *, needs_base: bool, fits: bool = True) -> RatedCandidate:
    return RatedCandidate(
        candidate=Candidate(
            engine="bsdiff4" if needs_base else "full",
            payload_format=PayloadFormat.BSDIFF4 if needs_base else PayloadFormat.FULL,
            payload=bytes(1),
            needs=ApplyNeeds(
                ram_bytes=100, ram_basis="told", scratch_flash_bytes=0, random_base_access=True
            ),
            parameters={},
        ),
        package_bytes=size,
        obstacle=None if fits else Obstacle(ObstacleKind.RAM, "too little RAM"),
    )


def rates(deltas: dict[tuple[str, str], int | str | None], *, full_fits: bool = True) -> Rate:
    """Return a rate: a size, a reason why there is no update at all, or None for no delta."""

    def rate(base: Release, new: Release) -> Sequence[RatedCandidate]:
        size = deltas.get((base.version, new.version))
        if isinstance(size, str):
            raise InputError(size)
        full = candidate(FULL_BYTES, needs_base=False, fits=full_fits)
        return [full] if size is None else [full, candidate(size, needs_base=True)]

    return rate


RELEASES = [release(version) for version in ("1.0", "1.1", "1.2")]
GOAL = RELEASES[-1]


def labels(path: UpdatePath) -> list[str]:
    return [step.label for step in path.steps]


def test_the_shortest_way_comes_first_and_the_full_image_is_one() -> None:
    rate = rates({("1.0", "1.2"): 900, ("1.0", "1.1"): 500, ("1.1", "1.2"): 450})

    ways = find_ways("1.0", RELEASES, rate, PROFILE)
    assert labels(ways.paths[0]) == ["1.0 to 1.2"]
    assert [path.kind for path in ways.paths].count(PathKind.FULL) == 1
    assert all(path.leads(ways.start, GOAL) for path in ways.paths)


def test_a_chain_has_to_save_a_tenth() -> None:
    steps: dict[tuple[str, str], int | str | None] = {("1.0", "1.1"): 400, ("1.1", "1.2"): 400}

    barely = find_ways("1.0", RELEASES, rates(steps | {("1.0", "1.2"): 880}), PROFILE)
    clearly = find_ways("1.0", RELEASES, rates(steps | {("1.0", "1.2"): 900}), PROFILE)
    assert barely.paths[0].kind is PathKind.DELTA
    assert labels(clearly.paths[0]) == ["1.0 to 1.1", "1.1 to 1.2"]
    assert clearly.paths[0].kind is PathKind.CHAIN
    assert clearly.paths[0].package_bytes == 800


def test_a_chain_leads_where_no_straight_update_can_be() -> None:
    rate = rates({("1.0", "1.2"): "linked for one slot", ("1.0", "1.1"): 400, ("1.1", "1.2"): 300})

    ways = find_ways("1.0", RELEASES, rate, PROFILE)
    assert labels(ways.paths[0]) == ["1.0 to 1.1", "1.1 to 1.2"]


def test_who_is_there_takes_nothing() -> None:
    ways = find_ways("1.2", RELEASES, rates({}), PROFILE)

    assert ways.paths == (UpdatePath(steps=()),)
    assert ways.paths[0].leads(GOAL, GOAL)


def test_an_unknown_version_takes_the_full_image_unless_the_slot_matters() -> None:
    known_slot = find_ways("0.9", RELEASES, rates({}), PROFILE)
    assert [path.kind for path in known_slot.paths] == [PathKind.FULL]
    assert known_slot.paths[0].leads(None, GOAL)

    layout = replace(PROFILE.layout, slot_addressing=SlotAddressing.PER_SLOT)
    in_place: DeviceProfile = replace(PROFILE, layout=layout)
    unknown_slot = find_ways("0.9", RELEASES, rates({}), in_place)
    assert unknown_slot.paths == ()
    assert "which slot" in str(unknown_slot.reason)


def test_nobody_goes_back() -> None:
    ways = find_ways("2.0", RELEASES, rates({}), PROFILE)

    assert ways.paths == ()
    assert ways.reason == "is newer than 1.2"


def test_where_nothing_fits_the_reason_is_the_full_images() -> None:
    ways = find_ways("1.0", RELEASES, rates({}, full_fits=False), PROFILE)

    assert ways.paths == ()
    assert "not even the full image fits" in str(ways.reason)
    assert "too little RAM" in str(ways.reason)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["1.0", "1.1", "1.2", "1.3"]), st.just("1.4"))
        | st.sampled_from([("1.0", "1.1"), ("1.1", "1.2"), ("1.2", "1.3")]),
        st.integers(1, 20_000) | st.none(),
    ),
    st.sampled_from(["1.0", "1.1", "1.2", "1.3", "1.4"]),
)
def test_every_way_leads_to_the_goal_and_none_without_its_first_or_last_step(
    deltas: dict[tuple[str, str], int | None], version: str
) -> None:
    releases = [release(name) for name in ("1.0", "1.1", "1.2", "1.3", "1.4")]

    ways = find_ways(version, releases, rates({**deltas}), PROFILE)
    assert ways.paths
    for path in ways.paths:
        assert path.leads(ways.start, releases[-1])
        if path.kind is PathKind.CHAIN:
            assert not UpdatePath(steps=path.steps[:-1]).leads(ways.start, releases[-1])
        if path.steps and path.steps[0].base is not None:
            assert not UpdatePath(steps=path.steps).leads(None, releases[-1])


@pytest.mark.parametrize("broken", [0, 1])
def test_a_step_that_does_not_fit_leads_nowhere(broken: int) -> None:
    rate = rates({("1.0", "1.2"): "no", ("1.0", "1.1"): 400, ("1.1", "1.2"): 300})
    chain = find_ways("1.0", RELEASES, rate, PROFILE).paths[0]
    steps = list(chain.steps)
    obstacle = Obstacle(ObstacleKind.RAM, "too little RAM")
    steps[broken] = replace(steps[broken], rated=replace(steps[broken].rated, obstacle=obstacle))

    assert not UpdatePath(steps=tuple(steps)).leads(RELEASES[0], GOAL)
