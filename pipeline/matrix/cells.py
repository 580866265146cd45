"""Which updates a product needs: from every older release to the wanted ones, for each variant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.images.releases import Release

ONLY_VARIANT = ""
"""What the variant of a product without variants is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One update of the matrix."""

    variant: str
    base: Release
    new: Release
    is_full: bool = False
    """Whether it is the full image, which every base can take; `base` only rehearses it."""

    @property
    def stem(self) -> str:
        """Path of its files in the folder, without suffix."""
        name = (
            f"full-{self.new.version}"
            if self.is_full
            else f"update-{self.base.version}-to-{self.new.version}"
        )
        return f"{self.variant}/{name}" if self.variant else name

    @property
    def label(self) -> str:
        """Its name for people."""
        start = "full image" if self.is_full else self.base.version
        text = f"{start} to {self.new.version}"
        return f"{self.variant}: {text}" if self.variant else text


def plan_cells(
    variants: Mapping[str, Sequence[Release]], targets: Sequence[str] | None = None
) -> list[Cell]:
    """Return the updates, by variant; releases are given oldest first.

    Args:
        variants: The releases of each variant.
        targets: Versions to update to; None is the newest of each variant.

    Raises:
        InputError: a target is no release, or there is nothing to update from.
    """
    known = {release.version for releases in variants.values() for release in releases}
    for target in targets or ():
        if target not in known:
            raise InputError(f"--to {target}: no such release (given: {', '.join(sorted(known))})")
    cells = [
        cell
        for variant, releases in variants.items()
        for cell in _of_variant(variant, releases, targets)
    ]
    if not cells:
        raise InputError("there is no update to build: give at least two releases of one variant")
    return cells


def _of_variant(
    variant: str, releases: Sequence[Release], targets: Sequence[str] | None
) -> Iterator[Cell]:
    wanted = [releases[-1].version] if targets is None else targets
    for index, new in enumerate(releases):
        older = [base for base in releases[:index] if base.image.data != new.image.data]
        if new.version not in wanted or not older:
            continue
        for base in older:
            yield Cell(variant=variant, base=base, new=new)
        yield Cell(variant=variant, base=older[-1], new=new, is_full=True)
