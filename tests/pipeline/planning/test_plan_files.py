"""Tables and figures of a plan: rows that agree with the comparison, charts that stand alone."""

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from device_apply.profile import LayoutKind
from device_apply.profile_toml import builtin_profile_text, parse_profile
from link_sim.links import load_link
from link_sim.loss.model import Bernoulli
from pipeline.engines.runner import process_executor
from pipeline.images.reader import read_image
from pipeline.in_place.layouts import with_layout
from pipeline.packaging.build import BuildRequest, rate_candidates
from pipeline.planning.chart import ROUND_DURATIONS_S, Axis
from pipeline.planning.comparison import compare
from pipeline.planning.figures import figures, standalone
from pipeline.planning.forecast import Circumstances
from pipeline.planning.other_settings import AS_GIVEN, OtherLayout, better_text, other_settings
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.plan_rows import CSV_COLUMNS, to_csv, to_markdown
from pipeline.planning.png import to_png
from pipeline.planning.spending import Spending
from pipeline.planning.sweeps import sweep

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
ENGINES = ("airdelta-tiny", "detools-sequential-crle", "full", "full-heatshrink", "bsdiff4")


@pytest.fixture(scope="module")
def report() -> PlanReport:
    base, new = (read_image(IMAGES / f"sensor-node-cm3-{v}.bin") for v in ("1.0.0", "1.1.0"))
    profile = parse_profile(builtin_profile_text("sensor-node"))
    request = BuildRequest(base=base, new=new, profile=profile, security_counter=0)
    with process_executor(1) as executor:
        rated, _ = rate_candidates(request, executor, engines=ENGINES)
        in_place = with_layout(profile, LayoutKind.IN_PLACE)
        laid, _ = rate_candidates(replace(request, profile=in_place), executor, engines=ENGINES)
    comparison = compare(
        rated,
        [load_link("eu868-dr5-fuota"), load_link("ble-1m")],
        Spending(profile=profile, new_bytes=new.size),
        Circumstances(loss=Bernoulli(0.1), loss_text="0.1", devices=300),
    )
    best = comparison.best()
    assert best is not None
    return PlanReport(
        comparison=comparison,
        base=base,
        new=new,
        sweeps=sweep(comparison, best),
        command="airdelta plan | <all>",
        settings=other_settings(
            comparison,
            [
                OtherLayout(
                    setting="in-place",
                    rated=laid,
                    spending=Spending(profile=in_place, new_bytes=new.size),
                )
            ],
        ),
    )


def rows(report: PlanReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(report))))


def test_the_csv_has_a_row_for_each_strategy_and_one_recommended(report: PlanReport) -> None:
    given = [row for row in rows(report) if row["setting"] == AS_GIVEN]

    assert tuple(rows(report)[0]) == CSV_COLUMNS
    assert len(given) == len(ENGINES) * 2
    (best,) = [row for row in rows(report) if row["recommended"] == "1"]
    strategy = report.comparison.best()
    assert strategy is not None
    assert best["engine"] == strategy.rated.candidate.engine
    assert best["link"] == strategy.column.link.name
    assert float(best["median_s"]) == strategy.forecast.median_s
    (refused,) = [row for row in given if row["engine"] == "bsdiff4" and row["link"] == "ble-1m"]
    assert (refused["fits"], refused["pareto"]) == ("0", "0")
    assert "no applier" in refused["obstacle"]


def test_other_settings_are_rows_too_and_only_of_what_fits(report: PlanReport) -> None:
    others = [row for row in rows(report) if row["setting"] != AS_GIVEN]

    assert {row["engine"] for row in others} == {*ENGINES} - {"bsdiff4"}
    assert {"DR0", "50 % coded", "repeats", "interval 15 ms"} <= {row["setting"] for row in others}


def test_more_coded_fragments_serve_more_devices(report: PlanReport) -> None:
    served = {
        one.setting: one.strategy.forecast.success_share
        for one in report.settings
        if one.strategy.rated.candidate.engine == "airdelta-tiny"
        and one.strategy.column.link.name == "eu868-dr5-fuota"
    }

    assert served["10 % coded"] < served[AS_GIVEN] < served["50 % coded"] < served["repeats"] == 1


def test_on_each_link_the_pareto_front_beats_every_other_setting(report: PlanReport) -> None:
    for name in ("eu868-dr5-fuota", "ble-1m"):
        mine = [one for one in report.settings if one.strategy.column.link.name == name]
        front = [one.strategy.forecast for one in mine if one.pareto]
        assert 0 < len(front) < len(mine)
        least_s = min(one.strategy.forecast.gateway_on_air_s for one in mine)
        assert min(forecast.gateway_on_air_s for forecast in front) == least_s


def test_in_place_takes_less_flash_and_about_the_same_time(report: PlanReport) -> None:
    mine = {
        one.setting: one
        for one in report.settings
        if one.strategy.column.link.name == "ble-1m"
        and one.strategy.rated.candidate.engine == "airdelta-tiny"
    }
    given, in_place = mine[AS_GIVEN], mine["in-place"]
    flash = [one.spending.flash_bytes(one.strategy.rated.candidate) for one in (given, in_place)]

    assert flash[1] < flash[0] / 2
    assert in_place.pareto
    assert given.strategy.forecast.median_s is not None
    assert in_place.strategy.forecast.median_s == pytest.approx(
        given.strategy.forecast.median_s, rel=0.1
    )


def test_a_better_setting_is_named_only_where_the_loss_given_holds(report: PlanReport) -> None:
    comparison = report.comparison
    lora = replace(comparison, columns=comparison.columns[:1])
    settings = [one for one in report.settings if one.strategy.column.link.name != "ble-1m"]

    told = better_text(lora, settings)
    assert told is not None
    assert "over eu868-dr5-fuota with 50 % coded" in told
    assert better_text(lora, [one for one in settings if one.changes_reach]) is None


def test_markdown_has_one_line_per_strategy_that_fits_and_says_where_from(
    report: PlanReport,
) -> None:
    text = to_markdown(report)

    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 2 * (len(ENGINES) - 1)
    assert len({line.count("|") for line in table}) == 1
    assert text.count("**best**") == 2
    assert "seed 0: airdelta plan" in text


def test_a_figure_stands_alone_and_says_where_it_comes_from(report: PlanReport) -> None:
    drawn = list(figures(report))

    assert [one.slug for one in drawn] == ["completion", "time-by-loss", "energy-by-loss", "sizes"]
    for figure in drawn:
        svg = standalone(figure, report.origin)
        root = ET.fromstring(svg)  # noqa: S314 (our own)
        assert root.findtext("{*}desc") == report.origin
        assert int(root.attrib["width"]) == 480
        assert "var(" not in svg
        assert "currentColor" not in svg


def test_a_png_is_a_picture_of_three_pixels_per_unit_with_text_in_it(report: PlanReport) -> None:
    figure = next(iter(figures(report)))
    svg = standalone(figure, report.origin)

    png = to_png(svg)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 3 * 480
    without_text = ET.fromstring(svg)  # noqa: S314 (our own)
    for text in without_text.findall("{*}text"):
        without_text.remove(text)
    assert len(png) > len(to_png(ET.tostring(without_text, encoding="unicode"))) + 500


@pytest.mark.parametrize(
    ("axis", "values", "ticks"),
    [
        (Axis(title="", text=str, low=0.0), [1.0, 2.48], [0, 0.5, 1, 1.5, 2, 2.5]),
        (Axis(title="", text=str, low=0.0), [0.047], [0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (Axis(title="", text=str), [5.0], [4.5, 5, 5.5]),
        (
            Axis(title="", text=str, low=0.0, round_values=ROUND_DURATIONS_S),
            [40_000.0],
            [0, 14_400, 28_800, 43_200],
        ),
        (
            Axis(title="", text=str, logarithmic=True, round_values=ROUND_DURATIONS_S),
            [4.0, 700.0],
            [5, 20, 60, 300],
        ),
        (
            Axis(title="", text=str, logarithmic=True, round_values=ROUND_DURATIONS_S),
            [6.0, 7.0],
            [6, 7],
        ),
    ],
)
def test_axes_are_written_with_round_values(
    axis: Axis, values: list[float], ticks: list[float]
) -> None:
    span = axis.span(values)

    written = axis.ticks(span)
    assert written == pytest.approx(ticks, abs=1e-9)
    assert all(-1e-9 <= axis.place(value, span) <= 1 + 1e-9 for value in [*values, *written])
