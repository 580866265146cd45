"""The explanation as one HTML file: no script, no network, readable on a phone and in dark mode."""

from collections.abc import Iterator, Sequence
from html import escape
from importlib import metadata
from typing import Final

from pipeline.explain.attribution import Line
from pipeline.explain.explanation import Explanation
from pipeline.explain.picture import to_svg

_SHOWN_LINES: Final = 40
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --soft: #5b6775; --line: #d9dee5;
  --bar: #7aa6d8; --stay: #7aa6d8; --move: #4fae9b; --swap: #a67fd0; --fresh: #e0913a;
  --opaque: #cf4b4b; --gone: #c9ced6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --paper: #14181d; --soft: #9aa6b4;
  --line: #323a44; --bar: #4f7fb5; --gone: #39414b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 56rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.big { font-size: 1.1rem; }
.soft, footer { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
ol, ul { padding-left: 1.2rem; }
li { margin: .4rem 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { text-align: left; padding: .2rem .4rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th:nth-child(2) { width: 5.5rem; }
th:nth-child(3) { width: 3.6rem; }
th:nth-child(4) { width: 25%; }
td.bar { padding: 0; }
td.bar span { display: block; height: .8rem; background: var(--bar); }
svg { width: 100%; height: auto; }
.key span { display: inline-block; margin-right: 1rem; white-space: nowrap; }
.key i { display: inline-block; width: .8rem; height: .8rem; margin-right: .3rem; }
@media (max-width: 40rem) { svg text { font-size: 19px; } th:nth-child(4) { width: 15%; } }
@media print { body { max-width: none; font-size: 11px; } h2, tr, li { break-inside: avoid; } }
"""
_KEY: Final = (
    ("stay", "same place"),
    ("move", "moved along"),
    ("swap", "other order"),
    ("fresh", "new"),
    ("opaque", "compressed or encrypted"),
    ("gone", "not used any more"),
)


def to_html(explanation: Explanation) -> str:
    """Return the page."""
    return "\n".join(_page(explanation)) + "\n"


def _page(explanation: Explanation) -> Iterator[str]:
    base, new = explanation.base.image, explanation.new.image
    title = f"{base.name} to {new.name}"
    attribution = explanation.attribution
    total = attribution.patch_bytes
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}: why this patch has {total:,} bytes</title>"
    yield f"<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(title)}</h1>"
    yield (
        f'<p class="big">The patch has <b>{total:,} bytes</b> for an image of {new.size:,} '
        f"(airdelta-{explanation.tier}).</p>"
    )
    yield from _causes(explanation)
    yield "<h2>Both images</h2>"
    yield _key()
    yield to_svg(explanation)
    for heading, lines in (
        ("What the bytes are spent on", attribution.by_kind),
        ("By section", attribution.by_section),
        ("By function or object", attribution.by_symbol),
    ):
        yield f"<h2>{heading}</h2>"
        yield from _table(lines, total)
    yield from _findings(explanation)
    yield (
        f"<footer><p>airdelta {escape(metadata.version('airdelta'))}: <code>airdelta explain "
        f"--base {escape(base.name)} --new {escape(new.name)} --tier {explanation.tier}</code>. "
        f"Base sha256 {base.sha256.hex()}, new sha256 {new.sha256.hex()}. Costs are the encoder's "
        "own probabilities; each table adds up to the patch.</p></footer>"
    )
    yield "</body>\n</html>"


def _causes(explanation: Explanation) -> Iterator[str]:
    if not explanation.causes:
        return
    yield "<h2>Why</h2>\n<ol>"
    for cause in explanation.causes:
        yield (
            f"<li><b>{cause.patch_bytes:,.0f} bytes</b>: {escape(cause.what)}"
            f'<br><span class="soft">{escape(cause.advice)}</span></li>'
        )
    yield '</ol>\n<p class="soft">Causes may overlap; the tables below do not.</p>'


def _key() -> str:
    spans = "".join(
        f'<span><i style="background: var(--{name})"></i>{text}</span>' for name, text in _KEY
    )
    return f'<p class="key soft">{spans}</p>'


def _table(lines: Sequence[Line], total: int) -> Iterator[str]:
    yield '<table><tr><th></th><th class="n">bytes</th><th class="n">%</th><th></th></tr>'
    for line in lines[:_SHOWN_LINES]:
        yield _row(line.name, line.patch_bytes, total)
    if len(lines) > _SHOWN_LINES:
        rest = sum(line.patch_bytes for line in lines[_SHOWN_LINES:])
        yield _row(f"{len(lines) - _SHOWN_LINES} more", rest, total)
    yield "</table>"


def _row(name: str, patch_bytes: float, total: int) -> str:
    percent = 100 * patch_bytes / total
    return (
        f'<tr><td>{escape(name)}</td><td class="n">{patch_bytes:,.1f}</td>'
        f'<td class="n">{percent:.1f}</td>'
        f'<td class="bar"><span style="width: {max(percent, 0):.1f}%"></span></td></tr>'
    )


def _findings(explanation: Explanation) -> Iterator[str]:
    if not explanation.findings:
        return
    yield "<h2>For smaller updates</h2>\n<ul>"
    for finding in explanation.findings[:_SHOWN_LINES]:
        yield (
            f"<li><b>{finding.rule}</b> {escape(finding.where)}: {escape(finding.what)}"
            f'<br><span class="soft">{escape(finding.advice)}</span></li>'
        )
    yield "</ul>"
