"""Why an update is over its budget: the causes that `airdelta explain` finds.

Only patches of the airdelta codec can be explained; what a byte of another engine's is for, nobody
knows.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.options import Tier
from pipeline.explain.evidence import Cause
from pipeline.explain.explanation import explain_patch
from pipeline.size_gate.measuring import Measured, Update

_MOST_RELEASES: Final = 3
"""Each is encoded once more; updates from several releases have the same causes mostly."""
_MOST_CAUSES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The causes of one update's size, the dearest first."""

    release: str
    patch_bytes: int
    causes: tuple[Cause, ...]


def find_reasons(releases: AbstractSet[str], measured: Measured) -> tuple[Reason, ...]:
    """Return the reasons for the updates from these releases, newest release first."""
    concerned = [update for version, update in measured.updates.items() if version in releases]
    reasons = [_reason(update, measured) for update in concerned[: -_MOST_RELEASES - 1 : -1]]
    return tuple(reason for reason in reasons if reason is not None)


def _reason(update: Update, measured: Measured) -> Reason | None:
    if update.best is None:
        return None
    candidate = update.best.candidate
    tier = candidate.parameters.get("tier")
    if candidate.payload_format is not PayloadFormat.AIRDELTA or not isinstance(tier, str):
        return None
    explanation = explain_patch(update.release.image, measured.new, Tier(tier))
    return Reason(
        release=update.release.version,
        patch_bytes=explanation.attribution.patch_bytes,
        causes=explanation.causes[:_MOST_CAUSES],
    )
