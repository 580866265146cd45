"""A real browser that looks at a page: does it draw, does it sort, does anything overflow?"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

import pytest

NEEDS_BROWSER: Final = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="needs apt package chromium"
)
_PROBE: Final = """
window.addEventListener("load", () => {
  const press = [...document.querySelectorAll("#strategies th button")].find(
    button => button.textContent === "HEADING");
  const place = Number(press.dataset.column);
  const rows = () => [...document.querySelectorAll("#strategies tbody tr")];
  const value = row => Number(row.cells[place].dataset.value);
  const values = () => rows().map(value).filter(v => v >= 0);
  const rising = list => list.every((v, i) => !i || list[i - 1] <= v);
  press.click(); const up = rising(values());
  press.click(); const down = rising(values().reverse()) && !rising(values());
  const drawn = [...document.querySelectorAll("svg path.curve")].every(
    path => path.getTotalLength() > 20) && [...document.querySelectorAll("svg rect")].every(
    bar => bar.getBoundingClientRect().width > 0);
  const d = document.documentElement;
  parent.document.title = [up, down, drawn, document.querySelectorAll("svg").length,
    innerWidth, d.scrollWidth - d.clientWidth].join(" ");
});
"""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What there was to see."""

    rises: bool
    """Whether the column rises after its heading was pressed."""
    falls: bool
    """Whether it falls after another press."""
    is_drawn: bool
    pictures: int
    overflow_px: int
    """By how much the page is wider than the window."""


def look_at(page: str, width: int, heading: str, folder: Path) -> Look:
    """Open a page in a window of so many pixels and press a heading twice; it may not complain."""
    probe = _PROBE.replace("HEADING", heading)
    probed = page.replace("</body>", f"<script>{probe}</script></body>")
    path = folder / "frame.html"
    path.write_text(
        f'<iframe width="{width}" height="900" style="border: 0" srcdoc="{escape(probed)}">',
        encoding="utf-8",
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    options += ["--disable-background-networking", f"--user-data-dir={folder / 'user'}"]
    command = ["chromium", *options, "--window-size=1200,900", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "CONSOLE" not in done.stderr
    found = re.search(r"<title>(\w+) (\w+) (\w+) (\d+) (\d+) (\d+)</title>", done.stdout)
    assert found is not None
    assert int(found[5]) == width
    return Look(
        rises=found[1] == "true",
        falls=found[2] == "true",
        is_drawn=found[3] == "true",
        pictures=int(found[4]),
        overflow_px=int(found[6]),
    )
