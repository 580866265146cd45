"""Building all cells side by side, those that are still good left alone.

Every engine of every cell is a job of one executor; a thread for each cell only waits, signs and
rehearses. A cell that cannot be built takes no other with it.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Final

from device_apply.profile import DeviceProfile
from device_apply.wire.cose import CoseAlgorithm
from pipeline.engines.registry import ENGINES
from pipeline.errors import InputError, Refused
from pipeline.keys.external_signer import SignatureWanted
from pipeline.keys.signer import Signer
from pipeline.matrix.cells import Cell
from pipeline.matrix.fingerprint import fingerprint
from pipeline.matrix.index import INDEX_NAME, Entry, index_bytes, read_index
from pipeline.packaging.build import BuildRequest, rate_candidates
from pipeline.packaging.file_set import write_files
from pipeline.packaging.update_package import SUFFIX
from pipeline.rehearsal.release import make_release

_CELLS_AT_ONCE: Final = 8
"""Their engines wait in one queue; more would only hold more images in memory."""
FULL_ENGINES: Final = tuple(
    name for name, engine in ENGINES.items() if not engine.payload_format.needs_base
)


@unique
class Fate(StrEnum):
    """What became of a cell."""

    BUILT = "built"
    KEPT = "kept"
    """Nothing that it depends on changed, and its file is intact."""
    DROPPED = "dropped"
    """No patch is smaller than the full image, or the device has no room for a full image."""
    REFUSED = "refused"
    """Nothing fits the device, or the proof failed."""
    WAITING = "waiting"
    """For a signature that is made elsewhere; the request lies in the folder."""

    @property
    def is_failure(self) -> bool:
        """Whether there should be a package and is none."""
        return self in (Fate.REFUSED, Fate.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """A cell, its entry in the index, and what this run did."""

    cell: Cell
    entry: Entry
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRequest:
    """What to build, for which device, into which folder."""

    cells: Sequence[Cell]
    profile: DeviceProfile
    security_counter: int
    folder: Path
    rebuild: bool = False
    """Build all anew, whatever the index says."""


def build_matrix(
    request: MatrixRequest,
    signer: Signer,
    executor: Executor,
    on_done: Callable[[CellResult], None] | None = None,
) -> list[CellResult]:
    """Build what is not there yet, write each package when it is proved, and the index at the end.

    Raises:
        InputError: the folder's index is not one.
        pipeline.errors.EnvironmentProblem: a file cannot be written, or a worker died.
    """
    known = {} if request.rebuild else read_index(request.folder)
    one_at_a_time = _OneAtATime(signer)

    def build(cell: Cell) -> CellResult:
        result = _build_cell(cell, request, known, one_at_a_time, executor)
        if on_done is not None:
            on_done(result)
        return result

    with ThreadPoolExecutor(min(_CELLS_AT_ONCE, len(request.cells))) as threads:
        results = list(threads.map(build, request.cells))
    entries = [result.entry for result in results]
    write_files({request.folder / INDEX_NAME: index_bytes(entries)})
    return results


class _OneAtATime:
    """A signer that several threads may use: a token has one session."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._lock = threading.Lock()

    @property
    def algorithm(self) -> CoseAlgorithm:
        return self._signer.algorithm

    @property
    def public_key_pem(self) -> bytes:
        return self._signer.public_key_pem

    def sign(self, to_be_signed: bytes) -> bytes:
        with self._lock:
            return self._signer.sign(to_be_signed)


def _build_cell(
    cell: Cell,
    request: MatrixRequest,
    known: Mapping[str, Entry],
    signer: Signer,
    executor: Executor,
) -> CellResult:
    print_ = fingerprint(cell, request.profile, request.security_counter, signer.public_key_pem)
    earlier = known.get(print_)
    if (
        earlier is not None
        and earlier.package in (None, cell.stem + SUFFIX)
        and earlier.is_intact(request.folder)
    ):
        return CellResult(cell=cell, entry=earlier, fate=Fate.KEPT)
    build = BuildRequest(
        base=cell.base.image,
        new=cell.new.image,
        profile=request.profile,
        security_counter=request.security_counter,
    )
    engines = FULL_ENGINES if cell.is_full else None
    obstacle = _full_image_obstacle(build, executor) if cell.is_full else None
    if obstacle is not None:
        return _without_package(cell, Fate.DROPPED, obstacle, print_)
    try:
        release = make_release(build, signer, executor, engines=engines)
    except SignatureWanted as want:
        write_files({want.request: want.to_be_signed})
        return _without_package(cell, Fate.WAITING, str(want))
    except (Refused, InputError) as error:
        return _without_package(cell, Fate.REFUSED, str(error))
    winner = release.built.selection.winner
    if not cell.is_full and not winner.candidate.payload_format.needs_base:
        note = (
            "no patch that the device can apply is smaller than the full image "
            f"({winner.package_bytes} bytes): {release.built.selection.reason}"
        )
        return _without_package(cell, Fate.DROPPED, note, print_)
    write_files({request.folder / name: data for name, data in release.files(cell.stem)})
    package = release.built.package
    entry = Entry(
        variant=cell.variant,
        base_version=None if cell.is_full else cell.base.version,
        new_version=cell.new.version,
        fingerprint=print_,
        package=cell.stem + SUFFIX,
        package_sha256=hashlib.sha256(package.envelope_file).hexdigest(),
        air_bytes=package.air_bytes,
        engine=winner.candidate.engine,
        note=None,
    )
    return CellResult(cell=cell, entry=entry, fate=Fate.BUILT)


def _full_image_obstacle(build: BuildRequest, executor: Executor) -> str | None:
    """Return why no full image fits the device; a device with one slot lives on patches alone."""
    try:
        rated, _ = rate_candidates(build, executor, engines=FULL_ENGINES)
    except InputError:
        return None  # the build itself says why
    if any(one.fits for one in rated):
        return None
    smallest = min(rated, key=lambda one: one.package_bytes)
    return f"the device can take no full image ({smallest.candidate.engine}: {smallest.obstacle})"


def _without_package(cell: Cell, fate: Fate, note: str, print_: str = "") -> CellResult:
    """Return a result without a package; without a fingerprint it is tried again next time."""
    entry = Entry(
        variant=cell.variant,
        base_version=None if cell.is_full else cell.base.version,
        new_version=cell.new.version,
        fingerprint=print_,
        package=None,
        package_sha256=None,
        air_bytes=None,
        engine=None,
        note=note,
    )
    return CellResult(cell=cell, entry=entry, fate=fate)
