"""A package on its way to many devices."""

import json

from link_sim.links import load_link
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import NoLoss
from pipeline.packaging.update_package import read_package
from pipeline.rehearsal.fleet_run import FleetConditions, fleet_json, simulate_fleet
from tests.system.workshop import Workshop

BURSTY = GilbertElliott(p=0.02, r=0.1)


def test_a_fleet_finishes_and_the_document_says_when(shop: Workshop) -> None:
    conditions = FleetConditions(
        link=load_link("eu868-dr0"), loss=BURSTY, devices=500, seed=1, radio="sx1262"
    )

    report = simulate_fleet(read_package(shop.package), conditions)
    document = json.loads(json.dumps(fleet_json(report, conditions)))

    assert document["service"] == "unicast"
    assert document["finished"] + sum(document["never_finished"].values()) == 500
    times = [document["finish_time_s"][quantile]["value"] for quantile in ("0.1", "0.5", "0.99")]
    assert times == sorted(times)
    assert document["listening_energy_mj"]["0.5"] > 0
    assert document["cdf"][-1][1] == document["finished_share"]["value"]


def test_a_multicast_is_sent_once_for_all_and_some_never_finish(shop: Workshop) -> None:
    conditions = FleetConditions(
        link=load_link("eu868-dr0-fuota"), loss=BURSTY, devices=2000, seed=1
    )

    report = simulate_fleet(read_package(shop.package), conditions)

    assert report.plan.coded_fragments > 0
    assert report.transmissions == report.plan.fragments + report.plan.coded_fragments
    assert report.never_finished["too many losses"] > 0


def test_without_loss_every_device_finishes_with_the_last_data_fragment(shop: Workshop) -> None:
    conditions = FleetConditions(
        link=load_link("eu868-dr0-fuota"), loss=NoLoss(), devices=10, seed=1
    )

    report = simulate_fleet(read_package(shop.package), conditions)

    assert report.sums.finished_by_slot[report.plan.fragments] == 10
