"""The JSON that github-action-benchmark reads as tool `customSmallerIsBetter`."""

import json

from pipeline.json_document import Json
from pipeline.size_gate.judging import Report


def to_benchmark_json(report: Report) -> str:
    """Return one entry for each item with a value; items of several budgets are there once."""
    entries: dict[str, Json] = {
        verdict.item.label: {
            "name": verdict.item.label,
            "unit": verdict.unit.value,
            "value": verdict.value,
        }
        for verdict in report.verdicts
        if verdict.value is not None
    }
    return json.dumps(list(entries.values()), indent=2) + "\n"
