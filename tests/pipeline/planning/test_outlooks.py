"""Forecasts kept by content: the same wherever they are made, found again if nothing changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from device_apply.profile_toml import builtin_profile_text, parse_profile
from link_sim.links import load_link
from link_sim.loss.model import Bernoulli, NoLoss
from link_sim.loss.notation import parse_loss
from pipeline.engines.runner import process_executor
from pipeline.planning import outlooks as module
from pipeline.planning.forecast import Circumstances, Delivery, Outlook, Recipient
from pipeline.planning.outlooks import OutlookCache, Outlooks, delivery_key
from pipeline.rehearsal.device_energy import InstallWork, PoweredDevice

PROFILE = parse_profile(builtin_profile_text("sensor-node"))


def delivery(link: str = "eu868-dr3", payload_bytes: int = 3000, devices: int = 50) -> Delivery:
    return Delivery(
        head_bytes=300,
        payload_bytes=payload_bytes,
        circumstances=Circumstances(loss=Bernoulli(0.1), devices=devices),
        recipient=Recipient(
            device=PoweredDevice.of(load_link(link), PROFILE),
            work=InstallWork(flash_busy_s=1.0, decoder_cycles=10_000),
        ),
    )


def refuse(_: Delivery) -> Outlook:
    raise AssertionError("was known already")


def test_what_was_forecast_once_is_found_again_and_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = [delivery(), delivery("ble-1m"), delivery(payload_bytes=1 << 29)]
    first = Outlooks(cache=OutlookCache(tmp_path)).of(deliveries)

    monkeypatch.setattr(module, "look_ahead", refuse)
    assert Outlooks(cache=OutlookCache(tmp_path)).of(deliveries) == first
    assert first[2] == Outlook(estimate=None, forecast=None)


def test_equal_deliveries_are_looked_at_once_and_each_is_told_of() -> None:
    told: list[str] = []

    one, other, again = Outlooks(observe=told.append).of(
        [delivery(), delivery("ble-1m"), delivery()]
    )
    assert one == again != other
    assert sorted(told) == ["ble-1m", "eu868-dr3", "eu868-dr3"]


def test_other_processes_forecast_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGE_FRAGMENT_SLOTS", 0)
    burst = parse_loss("ge:0.02,0.2", lambda _: "")
    deliveries = [
        delivery(),
        replace(delivery("nbiot-ce0"), circumstances=Circumstances(loss=burst, devices=20)),
    ]
    here = Outlooks().of(deliveries)

    with process_executor(1) as executor:
        assert Outlooks(executor=executor).of(deliveries) == here


@pytest.mark.parametrize(
    "other",
    [
        delivery("eu868-dr5"),
        delivery(payload_bytes=3001),
        delivery(devices=51),
        replace(delivery(), head_bytes=301),
        replace(delivery(), circumstances=Circumstances(loss=NoLoss(), devices=50)),
        replace(delivery(), circumstances=Circumstances(loss=Bernoulli(0.1), devices=50, seed=1)),
    ],
)
def test_what_differs_has_another_key(other: Delivery) -> None:
    assert delivery_key(other) != delivery_key(delivery())


def test_a_damaged_file_counts_as_absent(tmp_path: Path) -> None:
    cache = OutlookCache(tmp_path)
    Outlooks(cache=cache).of([delivery()])
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()

    for damaged in (b"", whole[:-5], b"[]", b"{}", whole.replace(b'"curve"', b'"curves"')):
        assert damaged != whole
        file.write_bytes(damaged)
        assert not cache.known([delivery_key(delivery())])
