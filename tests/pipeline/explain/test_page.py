"""The page: one file that needs nothing else, and is safe whatever names an image holds."""

import re
import shutil
import subprocess
from dataclasses import replace
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pipeline.encoder.options import Tier
from pipeline.explain.explanation import Explanation, explain_patch
from pipeline.explain.page import to_html
from pipeline.explain.picture import to_svg
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
MAX_PAGE_BYTES = 1_000_000


def explained(*, rename: str | None = None) -> Explanation:
    base, new = (read_image(IMAGES / f"sensor-node-cm3-{v}.elf") for v in ("1.1.0", "1.2.0"))
    if rename is not None:
        new = renamed(new, rename)
    return explain_patch(base, new, Tier.TINY)


def renamed(image: FirmwareImage, name: str) -> FirmwareImage:
    symbols = tuple(replace(symbol, name=name) for symbol in image.symbols)
    sections = tuple(replace(section, name=name) for section in image.sections)
    return replace(image, name=name, symbols=symbols, sections=sections)


def test_it_needs_no_network_and_no_script() -> None:
    page = to_html(explained())

    assert len(page.encode()) < MAX_PAGE_BYTES
    assert not re.findall(r"(?:src|href|url)\s*[=(]", page)
    assert "<script" not in page
    assert re.findall(r"https?://[^\"<]*", page) == ["http://www.w3.org/2000/svg"]


def test_the_same_patch_gives_the_same_page() -> None:
    assert to_html(explained()) == to_html(explained())


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs apt package chromium")
@pytest.mark.parametrize("width", [360, 1000])
def test_a_browser_lays_it_out_without_overflow_and_without_complaint(
    width: int, tmp_path: Path
) -> None:
    measure = "const d = this.contentDocument.documentElement; "
    measure += "document.title = `${this.clientWidth} ${d.scrollWidth - d.clientWidth}`"
    frame = f'<iframe width="{width}" height="900" style="border: 0" onload="{measure}" '
    path = tmp_path / "frame.html"
    path.write_text(f'{frame} srcdoc="{escape(to_html(explained()))}">', encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    command = ["chromium", *options, "--window-size=1200,900", "--dump-dom", path.as_uri()]

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert f"<title>{width} 0</title>" in done.stdout
    assert "CONSOLE" not in done.stderr


def test_names_are_text_and_never_markup() -> None:
    page = to_html(explained(rename="<script>alert('x')</script>&\"]]>"))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    ET.fromstring(to_svg(explained(rename="<a&\"'>")))  # noqa: S314 (our own text)


def test_every_shape_of_the_picture_is_inside_it() -> None:
    root = ET.fromstring(to_svg(explained()))  # noqa: S314 (our own text)
    left, top, width, height = (float(x) for x in root.attrib["viewBox"].split())

    rectangles = root.findall(".//{*}rect")
    assert len(rectangles) > 20
    for box in rectangles:
        x, y = float(box.attrib["x"]), float(box.attrib["y"])
        assert left <= x <= x + float(box.attrib["width"]) <= left + width
        assert top <= y <= y + float(box.attrib["height"]) <= top + height
    assert len(root.findall(".//{*}path")) > 20
