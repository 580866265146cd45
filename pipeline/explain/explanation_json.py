"""The explanation as `airdelta explain --json` prints it; schema `airdelta-explanation-1`."""

from collections.abc import Sequence

from pipeline.explain.attribution import Line
from pipeline.explain.explanation import Explanation
from pipeline.json_document import Json


def to_json(explanation: Explanation) -> dict[str, Json]:
    """Return the document; bytes are of the patch and add up to `patch_bytes` in each list."""
    attribution = explanation.attribution
    return {
        "schema": "airdelta-explanation-1",
        "base": _image(explanation.base.image.name, explanation.base.image.sha256),
        "new": _image(explanation.new.image.name, explanation.new.image.sha256),
        "tier": explanation.tier.value,
        "patch_bytes": attribution.patch_bytes,
        "by_kind": _lines(attribution.by_kind),
        "by_section": _lines(attribution.by_section),
        "by_symbol": _lines(attribution.by_symbol),
        "causes": [
            {
                "cause": cause.kind.value,
                "patch_bytes": round(cause.patch_bytes, 3),
                "what": cause.what,
                "advice": cause.advice,
                "symbols": [*cause.symbols],
            }
            for cause in explanation.causes
        ],
        "lint": [
            {
                "rule": finding.rule.value,
                "where": finding.where,
                "what": finding.what,
                "advice": finding.advice,
            }
            for finding in explanation.findings
        ],
    }


def _image(name: str, sha256: bytes) -> Json:
    return {"name": name, "sha256": sha256.hex()}


def _lines(lines: Sequence[Line]) -> Json:
    return [{"name": line.name, "patch_bytes": round(line.patch_bytes, 3)} for line in lines]
