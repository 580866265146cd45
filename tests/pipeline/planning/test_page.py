"""The plan's page: one file, drawn and sorted by a real browser, on a phone too."""

import re
from pathlib import Path

import pytest

from device_apply.profile_toml import builtin_profile_text, parse_profile
from link_sim.links import load_link
from link_sim.loss.model import Bernoulli
from pipeline.engines.runner import process_executor
from pipeline.images.reader import read_image
from pipeline.packaging.build import BuildRequest, rate_candidates
from pipeline.planning.comparison import Comparison, compare
from pipeline.planning.forecast import Circumstances
from pipeline.planning.limits import Limits
from pipeline.planning.page import to_html
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.spending import Spending
from pipeline.planning.sweeps import LOSSES, SCALES, Sweeps, sweep
from tests.pipeline.planning.browser import NEEDS_BROWSER, Look, look_at

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
ENGINES = ("airdelta-tiny", "detools-sequential-crle", "full", "full-heatshrink", "bsdiff4")
MAX_PAGE_BYTES = 1_000_000


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    base, new = (read_image(IMAGES / f"sensor-node-cm3-{v}.bin") for v in ("1.0.0", "1.1.0"))
    profile = parse_profile(builtin_profile_text("sensor-node"))
    request = BuildRequest(base=base, new=new, profile=profile, security_counter=0)
    with process_executor(1) as executor:
        rated, _ = rate_candidates(request, executor, engines=ENGINES)
    return compare(
        rated,
        [load_link("eu868-dr3"), load_link("nbiot-ce0")],
        Spending(profile=profile, new_bytes=new.size),
        Circumstances(loss=Bernoulli(0.1), loss_text="0.1", devices=200),
        Limits(deadline_s=86_400),
    )


@pytest.fixture(scope="module")
def sweeps(comparison: Comparison) -> Sweeps:
    best = comparison.best()
    assert best is not None
    return sweep(comparison, best)


@pytest.fixture(scope="module")
def page(comparison: Comparison, sweeps: Sweeps) -> str:
    return to_html(report(comparison, sweeps))


def report(
    comparison: Comparison, sweeps: Sweeps | None, command: str = "airdelta plan"
) -> PlanReport:
    base, new = (read_image(IMAGES / f"sensor-node-cm3-{v}.bin") for v in ("1.0.0", "1.1.0"))
    return PlanReport(comparison=comparison, base=base, new=new, sweeps=sweeps, command=command)


def test_it_needs_no_network_and_stays_small(page: str) -> None:
    assert len(page.encode()) < MAX_PAGE_BYTES
    assert not re.findall(r"(?:src|href|url)\s*[=(]", page)
    assert set(re.findall(r"https?://[^\"<]*", page)) == {"http://www.w3.org/2000/svg"}


def test_the_recommendation_comes_before_the_table_and_each_figure_says_where_from(
    page: str,
) -> None:
    assert page.index("<b>Send</b>") < page.index("<table") < page.index("<svg")
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert len(captions) == page.count("<figure>") == 5
    assert all("airdelta plan" in caption and "seed 0" in caption for caption in captions)


def test_more_loss_takes_more_time_and_larger_deltas_lose_to_the_full_image(
    sweeps: Sweeps,
) -> None:
    times = [one.median_s for one in sweeps.by_loss["full"] if one is not None]
    assert len(times) == len(LOSSES)
    assert [x for x in times if x is not None] == sorted(x for x in times if x is not None)
    by_scale = dict(zip(SCALES, sweeps.winners, strict=True))
    assert set(by_scale[1.0]) == {"airdelta-tiny"}
    assert set(by_scale[32.0]) == {"full-heatshrink"}


def test_what_was_typed_is_text_and_never_markup(comparison: Comparison) -> None:
    page = to_html(report(comparison, None, "airdelta <script>alert(1)</script>"))

    assert page.count("<script") == 1
    assert "&lt;script&gt;alert" in page


@NEEDS_BROWSER
@pytest.mark.parametrize("width", [360, 1000])
def test_a_browser_draws_and_sorts_it_without_overflow_and_without_complaint(
    width: int, page: str, tmp_path: Path
) -> None:
    seen = look_at(page, width, "bytes", tmp_path)

    assert seen == Look(rises=True, falls=True, is_drawn=True, pictures=4, overflow_px=0)
