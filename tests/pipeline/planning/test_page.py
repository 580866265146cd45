"""The plan's page: one file, drawn and sorted by a real browser, on a phone too."""

import re
import shutil
import subprocess
from html import escape
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

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
ENGINES = ("airdelta-tiny", "detools-sequential-crle", "full", "full-heatshrink", "bsdiff4")
MAX_PAGE_BYTES = 1_000_000
PROBE = """
window.addEventListener("load", () => {
  const rows = () => [...document.querySelectorAll("#strategies tbody tr")];
  const bytes = () => rows().map(row => Number(row.cells[3].dataset.value));
  const press = document.querySelector('button[data-column="3"]');
  const rising = list => list.every((v, i) => !i || list[i - 1] <= v);
  press.click(); const up = rising(bytes());
  press.click(); const down = rising(bytes().reverse()) && !rising(bytes());
  const drawn = [...document.querySelectorAll("svg path.curve")].every(
    path => path.getTotalLength() > 20);
  const d = document.documentElement;
  parent.document.title = [up, down, drawn, document.querySelectorAll("svg").length,
    innerWidth, d.scrollWidth - d.clientWidth].join(" ");
});
"""


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


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs apt package chromium")
@pytest.mark.parametrize("width", [360, 1000])
def test_a_browser_draws_and_sorts_it_without_overflow_and_without_complaint(
    width: int, page: str, tmp_path: Path
) -> None:
    probed = page.replace("</body>", f"<script>{PROBE}</script></body>")
    path = tmp_path / "frame.html"
    path.write_text(
        f'<iframe width="{width}" height="900" style="border: 0" srcdoc="{escape(probed)}">',
        encoding="utf-8",
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    options += ["--disable-background-networking", f"--user-data-dir={tmp_path / 'user'}"]
    command = ["chromium", *options, "--window-size=1200,900", "--dump-dom", path.as_uri()]

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert f"<title>true true true 4 {width} 0</title>" in done.stdout
    assert "CONSOLE" not in done.stderr
