"""SARIF 2.1.0 (OASIS, 2020), for code scanning: one result for each item that is not within.

Its place is the budget in the budget file, and its fingerprint is budget and item, so that a result
is the same one from run to run while only its numbers change.
"""

import hashlib
import json
from importlib import metadata
from typing import Final

from pipeline.json_document import Json
from pipeline.size_gate.judging import Report, Status, Verdict

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES: Final = {
    Status.OVER: ("size-over-budget", "An update is larger or slower than its budget"),
    Status.NO_BASELINE: ("size-baseline-missing", "Growth cannot be judged without a baseline"),
}


def to_sarif(report: Report) -> str:
    """Return the log."""
    rules: list[Json] = [
        {"id": rule, "shortDescription": {"text": text}} for rule, text in _RULES.values()
    ]
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "airdelta",
                "semanticVersion": metadata.version("airdelta"),
                "rules": rules,
            }
        },
        "columnKind": "utf16CodeUnits",
        "results": [_result(report, verdict) for verdict in report.verdicts if verdict.is_failure],
    }
    log: dict[str, Json] = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _result(report: Report, verdict: Verdict) -> Json:
    rule, _ = _RULES[verdict.status]
    identity = f"{rule}\0{verdict.budget.name}\0{verdict.item.key}"
    return {
        "ruleId": rule,
        "ruleIndex": list(_RULES).index(verdict.status),
        "level": "error",
        "message": {"text": f"{verdict.item.label}: {'; '.join(verdict.problems)}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": report.plan.source},
                    "region": {"startLine": verdict.budget.line},
                }
            }
        ],
        "partialFingerprints": {
            "airdeltaBudgetItem/v1": hashlib.sha256(identity.encode()).hexdigest()[:32]
        },
    }
