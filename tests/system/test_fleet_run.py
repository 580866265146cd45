"""A package on its way to many devices."""

import json

import pytest

from link_sim.links import load_link
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import LossModel, NoLoss
from link_sim.tariff import load_tariff
from pipeline.packaging.update_package import read_package
from pipeline.rehearsal.device_energy import InstallWork, PoweredDevice
from pipeline.rehearsal.executors import ExecutorKind, fleet_executor
from pipeline.rehearsal.fleet_run import (
    FleetConditions,
    FleetOutcome,
    assumptions,
    fleet_json,
    simulate_fleet,
)
from tests.system.workshop import Workshop

BURSTY = GilbertElliott(p=0.02, r=0.1)


def conditions(
    link_name: str, devices: int, loss: LossModel = BURSTY, tariff: str | None = None
) -> FleetConditions:
    link = load_link(link_name)
    return FleetConditions(
        link=link,
        loss=loss,
        devices=devices,
        seed=1,
        device=PoweredDevice.of(link, None),
        tariff=None if tariff is None else load_tariff(tariff),
    )


def simulate(shop: Workshop, what: FleetConditions) -> FleetOutcome:
    return simulate_fleet(read_package(shop.package), what)


def test_a_fleet_finishes_and_the_document_says_when(shop: Workshop) -> None:
    what = conditions("eu868-dr0", 500)

    document = json.loads(json.dumps(fleet_json(simulate(shop, what), what)))

    assert document["service"] == "unicast"
    assert document["scope"] == "transfer only"
    assert document["finished"] + sum(document["never_finished"].values()) == 500
    for figures in (document["finish_time_s"], document["energy_mj"]):
        values = [figures[quantile]["value"] for quantile in ("0.1", "0.5", "0.99")]
        assert values == sorted(values)
        assert all(one["low"] <= one["value"] <= one["high"] for one in figures.values())
    assert document["cost"] is None
    assert document["cdf"][-1]["share"] == document["finished_share"]


def test_a_multicast_is_sent_once_for_all_and_some_never_finish(shop: Workshop) -> None:
    report = simulate(shop, conditions("eu868-dr0-fuota", 2000)).report

    assert report.plan.coded_fragments > 0
    assert report.transmissions == report.plan.fragments + report.plan.coded_fragments
    assert report.never_finished["too many losses"] > 0


def test_what_a_campaign_does_to_its_cell_is_told(shop: Workshop) -> None:
    multicast = simulate(shop, conditions("eu868-dr5-fuota", 300)).cell
    unicast = simulate(shop, conditions("eu868-dr5", 300)).cell

    assert multicast is not None
    assert unicast is not None
    assert multicast.set_up_s is not None
    assert multicast.set_up_s > 3600
    assert multicast.status_answers_heard is not None
    assert 0 < multicast.status_answers_heard < 1
    assert unicast.set_up_s is None
    assert unicast.displaced_uplinks > multicast.displaced_uplinks > 0
    assert simulate(shop, conditions("ble-1m", 300)).cell is None


def test_without_loss_every_device_finishes_with_the_last_data_fragment(shop: Workshop) -> None:
    report = simulate(shop, conditions("eu868-dr0-fuota", 10, NoLoss())).report

    assert report.sums.finished_by_slot[report.plan.fragments] == 10


def test_without_loss_a_device_of_a_fleet_pays_what_a_single_one_does(shop: Workshop) -> None:
    what = conditions("nbiot-ce0", 10, NoLoss(), tariff="olivia")
    package = read_package(shop.package)
    alone = what.link.estimate(package.air_bytes)

    outcome = simulate(shop, what)

    assert outcome.cost is not None
    assert outcome.energy_mj is not None
    cost, energy = outcome.cost.total(), outcome.energy_mj.quantile(0.5)
    assert cost is not None
    assert energy is not None
    billed_bytes = -(-alone.ip_bytes // 1000) * 1000
    assert cost.value / 10 == pytest.approx(billed_bytes * 0.02 / 1e6)
    assert energy.low == energy.value == energy.high


def test_installing_adds_the_same_to_every_device(shop: Workshop) -> None:
    what = conditions("eu868-dr5", 200)
    profiled = FleetConditions(
        link=what.link,
        loss=what.loss,
        devices=200,
        seed=1,
        device=what.device,
        work=InstallWork(flash_busy_s=1.0, decoder_cycles=1000),
    )

    plain, installed = simulate(shop, what), simulate(shop, profiled)

    assert plain.report.transmissions == installed.report.transmissions
    assert fleet_json(installed, profiled)["scope"] == "transfer, and one device applied"


def test_what_nobody_confirmed_is_repeated_once(shop: Workshop) -> None:
    what = conditions("nbiot-ce0", 10, tariff="hologram")

    sentences = assumptions(simulate(shop, what), what)

    assert len(sentences) == len(set(sentences))
    for expected in ("uplink grant", "those of nrf9160-nbiot", "mA is unconfirmed", "per MB"):
        assert any(expected in sentence for sentence in sentences)


@pytest.mark.parametrize("kind", ExecutorKind)
@pytest.mark.filterwarnings("ignore")  # dask's own
def test_the_executor_changes_nothing(shop: Workshop, kind: ExecutorKind) -> None:
    if kind is ExecutorKind.DASK:
        pytest.importorskip("distributed", reason="needs airdelta[dask]")
    what = conditions("ble-1m", 70_000, GilbertElliott(p=0.02, r=0.25))
    package = read_package(shop.package)
    told: list[int] = []

    with fleet_executor(what.devices, kind, 2, None) as executor:
        together = simulate_fleet(package, what, executor, told.append)

    assert executor is not None
    assert sum(told) == 70_000
    assert fleet_json(together, what) == fleet_json(simulate_fleet(package, what), what)
