"""Running the engines that a device class knows on pairs of its releases, each pair once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from device_apply.profile import DeviceProfile
from pipeline.engines.registry import ENGINES
from pipeline.engines.result_cache import ResultCache
from pipeline.images.releases import Release
from pipeline.packaging.build import BuildRequest, rate_candidates
from pipeline.packaging.selection import RatedCandidate


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRater:
    """Rates steps for one device class."""

    profile: DeviceProfile
    executor: Executor
    cache: ResultCache | None
    observe: Callable[[str], None]
    """Told each pair that was rated, for progress."""
    _known: dict[tuple[str, str], Sequence[RatedCandidate]] = field(default_factory=dict)

    def __call__(self, base: Release, new: Release) -> Sequence[RatedCandidate]:
        """Return the candidates from one release to another.

        Raises:
            pipeline.errors.InputError: the images make no update for such a device.
        """
        key = (base.version, new.version)
        if key not in self._known:
            request = BuildRequest(
                base=base.image, new=new.image, profile=self.profile, security_counter=0
            )
            engines = [
                name
                for name, engine in ENGINES.items()
                if engine.payload_format in self.profile.appliers
            ]
            rated, _ = rate_candidates(request, self.executor, engines=engines, cache=self.cache)
            self._known[key] = rated
            self.observe(f"{self.profile.name} {base.version} to {new.version}")
        return self._known[key]
