"""What a piece of work costs the process that does it: processor time and memory.

Processor time counts threads and child processes, so that it means "seconds on one core" for every
tool, and so that a busy machine changes it little. Memory is what the work adds to a process that
has already loaded its code and inputs.
"""

import resource
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_RESET_PEAK: Final = "5"  # proc(5), /proc/pid/clear_refs: "reset the peak resident set size"
_STATUS: Final = Path("/proc/self/status")
_CLEAR_REFS: Final = Path("/proc/self/clear_refs")
_KIB: Final = 1024

_REPEAT_FOR_S: Final = 0.25
_MOST_REPEATS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Processor time and memory of one piece of work."""

    cpu_s: float
    peak_bytes: int | None
    """None where the operating system does not say."""


def measure(work: Callable[[], bytes]) -> tuple[bytes, Cost]:
    """Run `work` once; return its result and its cost."""
    with suppress(OSError):
        _CLEAR_REFS.write_text(_RESET_PEAK)
    resident_bytes = _status_bytes("VmRSS")
    before_s = _cpu_s()
    result = work()
    cpu_s = _cpu_s() - before_s
    # Not getrusage for our own memory: its peak survives fork and exec, so that it would start at
    # that of the parent process. The same holds for children, whose peak is never below ours.
    peak_bytes = _status_bytes("VmHWM")
    if peak_bytes is None or resident_bytes is None:
        return result, Cost(cpu_s=cpu_s, peak_bytes=None)
    child_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _KIB
    return result, Cost(cpu_s=cpu_s, peak_bytes=max(peak_bytes - resident_bytes, child_bytes))


def measure_quick(work: Callable[[], bytes]) -> tuple[bytes, Cost]:
    """Run `work` a few times if it is quick; return its result and its cost.

    The time is the least, as everything that disturbs a measurement makes it longer. The memory is
    that of the first run: later ones find memory that an earlier one has freed.
    """
    result, first = measure(work)
    times_s = [first.cpu_s]
    while sum(times_s) < _REPEAT_FOR_S and len(times_s) < _MOST_REPEATS:
        before_s = _cpu_s()
        work()
        times_s.append(_cpu_s() - before_s)
    return result, Cost(cpu_s=min(times_s), peak_bytes=first.peak_bytes)


def _cpu_s() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _status_bytes(field: str) -> int | None:
    """Return a size from Linux' description of this process."""
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.removesuffix("kB")) * _KIB
    return None
