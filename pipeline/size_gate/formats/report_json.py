"""The report as `airdelta check-size --json` prints it."""

from pipeline.json_document import Json
from pipeline.size_gate.judging import Report, Verdict
from pipeline.size_gate.reasons import Reason


def to_json(report: Report) -> dict[str, Json]:
    """Return the document; amounts are bytes or seconds, as `unit` says."""
    return {
        "schema": "airdelta-size-report-1",
        "outcome": report.outcome.value,
        "image": {"name": report.image_name, "sha256": report.image_sha256},
        "baseline": None if report.baseline is None else report.baseline.source,
        "verdicts": [_verdict(verdict) for verdict in report.verdicts],
        "reasons": [_reason(reason) for reason in report.reasons],
        "growth": [
            {
                "symbol": one.name,
                "before_bytes": one.before_bytes,
                "after_bytes": one.after_bytes,
                "growth_bytes": one.growth_bytes,
            }
            for one in report.growth
        ],
    }


def _verdict(verdict: Verdict) -> Json:
    percent = verdict.growth_percent
    return {
        "budget": verdict.budget.name,
        "item": verdict.item.key,
        "status": verdict.status.value,
        "unit": verdict.unit.value,
        "value": verdict.value,
        "baseline": verdict.baseline,
        "growth": verdict.growth,
        "growth_percent": None if percent is None else round(percent, 3),
        "limits": {
            "maximum": verdict.limits.maximum,
            "growth": verdict.limits.growth,
            "growth_percent": verdict.limits.growth_percent,
        },
        "problems": [*verdict.problems],
        "notes": [*verdict.notes],
    }


def _reason(reason: Reason) -> Json:
    return {
        "release": reason.release,
        "patch_bytes": reason.patch_bytes,
        "causes": [
            {
                "cause": cause.kind.value,
                "patch_bytes": round(cause.patch_bytes, 3),
                "what": cause.what,
                "advice": cause.advice,
            }
            for cause in reason.causes
        ],
    }
