"""Why an image grew: the functions and objects that did, most first."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.images.firmware_image import FirmwareImage
from pipeline.size_gate.baseline import symbol_sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolGrowth:
    """One function or object that has another size than in the baseline."""

    name: str
    before_bytes: int
    """0: it is new."""
    after_bytes: int
    """0: it is gone."""

    @property
    def growth_bytes(self) -> int:
        """Bytes more than before; negative where it shrank."""
        return self.after_bytes - self.before_bytes


def symbol_growth(before: Mapping[str, int], new: FirmwareImage) -> tuple[SymbolGrowth, ...]:
    """Return what changed its size, what grew most first; empty if a side has no symbols."""
    after = symbol_sizes(new)
    if not before or not after:
        return ()
    changes = [
        SymbolGrowth(name=name, before_bytes=before.get(name, 0), after_bytes=after.get(name, 0))
        for name in {*before, *after}
        if before.get(name, 0) != after.get(name, 0)
    ]
    return tuple(sorted(changes, key=lambda one: (-one.growth_bytes, one.name)))
