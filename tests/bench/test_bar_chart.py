from xml.etree import ElementTree as ET

import pytest
from patch_bench.bar_chart import Bar, Chart, Colour, Row, render_svg

SVG = "{http://www.w3.org/2000/svg}"
CHART = Chart(
    title="Sizes <all>",
    subtitle="shorter & better",
    legend={Colour.BLUE: "ours", Colour.GREY: "theirs"},
    rows=[
        Row(label="one", bars=[Bar(colour=Colour.BLUE, value=0.5)]),
        Row(label="two", bars=[Bar(colour=Colour.GREY, value=2.0)]),
    ],
    mark=1,
)


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(render_svg(chart))  # noqa: S314 (our own output)


def test_bars_are_as_long_as_their_values() -> None:
    bars = [
        (rect.get("class"), float(rect.get("width", "")))
        for rect in drawn(CHART).iter(f"{SVG}rect")
        if rect.get("height") == "11"
    ]
    (blue, short), (grey, long) = bars

    assert (blue, grey) == ("blue", "grey")
    assert long == pytest.approx(4 * short, abs=0.2)


def test_the_mark_is_where_a_bar_of_that_value_would_end() -> None:
    rects = [rect for rect in drawn(CHART).iter(f"{SVG}rect") if rect.get("height") == "11"]
    (mark,) = (line for line in drawn(CHART).iter(f"{SVG}line") if line.get("class") == "mark")
    left, half = (float(rects[0].get(name, "")) for name in ("x", "width"))

    assert float(mark.get("x1", "")) == pytest.approx(left + 2 * half, abs=0.2)


def test_all_texts_are_there_and_escaped() -> None:
    texts = {text.text for text in drawn(CHART).iter(f"{SVG}text")}

    assert {"Sizes <all>", "shorter & better", "ours", "theirs", "one", "two"} <= texts
    assert {"0.50", "2.00"} <= texts


def test_everything_lies_inside_the_page() -> None:
    page = drawn(CHART)
    width, height = (float(page.get(name, "")) for name in ("width", "height"))

    for rect in page.iter(f"{SVG}rect"):
        assert float(rect.get("x", "0")) + float(rect.get("width", "")) <= width
        assert float(rect.get("y", "0")) + float(rect.get("height", "")) <= height


def test_dark_pages_have_colours_of_their_own() -> None:
    assert "prefers-color-scheme: dark" in render_svg(CHART)
