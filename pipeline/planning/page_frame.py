"""What the plans' pages have in common: the frame around the content, cells, and where from."""

from collections.abc import Iterable
from html import escape
from importlib import metadata

from pipeline.planning.page_style import SORT_SCRIPT, STYLE


def framed(title: str, body: Iterable[str]) -> str:
    """Return a whole page: one file, no network, and one script that sorts the table."""
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>",
            *body,
            f"<script>{SORT_SCRIPT}</script>\n</body>\n</html>\n",
        ]
    )


def cell(text: str, value: float | None) -> str:
    """Return a cell with an amount, which sorts by its value."""
    known = "" if value is None else f' data-value="{value:.9g}"'
    return f'<td class="n"{known}>{escape(text)}</td>'


def origin(command: str, seed: int) -> str:
    """Return where a figure comes from."""
    return f"airdelta {metadata.version('airdelta')}, seed {seed}: {command}"
