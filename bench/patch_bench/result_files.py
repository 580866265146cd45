"""Writing findings to files."""

import json
from collections.abc import Mapping
from pathlib import Path

from patch_bench.bar_chart import render_svg
from patch_bench.charts import chart_pairs, chart_tools
from patch_bench.documents import sizes_document, timings_document
from patch_bench.findings import Findings
from pipeline.errors import EnvironmentProblem
from pipeline.json_document import Json


def write_json(path: Path, findings: Findings) -> None:
    """Write everything to one file, timings under a key of their own.

    Raises:
        pipeline.errors.EnvironmentProblem: it cannot be written.
    """
    _write(path, _json(sizes_document(findings) | {"timings": timings_document(findings)}))


def write_results(folder: Path, findings: Findings) -> None:
    """Write sizes, timings and plots, one file each, so that only timings change from run to run.

    Raises:
        pipeline.errors.EnvironmentProblem: a file cannot be written.
    """
    _write(folder / "patch_size.json", _json(sizes_document(findings)))
    _write(folder / "patch_size_timings.json", _json(timings_document(findings)))
    charts = {"by_tool": chart_tools(findings), "by_pair": chart_pairs(findings)}
    for name, chart in charts.items():
        path = folder / f"patch_size_{name}.svg"
        if chart is not None:
            _write(path, render_svg(chart))
        else:  # a plot of an earlier run would not belong to the numbers beside it
            path.unlink(missing_ok=True)


def _json(document: Mapping[str, Json]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise EnvironmentProblem(f"{path}: cannot be written ({reason})") from problem
