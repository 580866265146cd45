"""An asyncio event loop whose clock jumps: code that waits runs at once, in simulated seconds.

Protocol stacks written for asyncio run unchanged over a simulated radio: where a real loop would
sleep until the next timer, this one moves its clock there. Times start at 0 and depend on nothing
but the code that runs, so that two runs with the same seed take the same simulated time.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

_ResultT = TypeVar("_ResultT")


class NothingWillHappenError(RuntimeError):
    """Every task waits, and no timer will wake one: a real loop would hang here for ever."""


class _JumpingSelector(selectors.BaseSelector):
    """Looks at files without waiting for them, and counts the time that waiting would take."""

    def __init__(self) -> None:
        self._files = selectors.DefaultSelector()
        self.now_s = 0.0

    def register(
        self,
        fileobj: Any,  # noqa: ANN401 (the base's signature)
        events: int,
        data: Any = None,  # noqa: ANN401 (same)
    ) -> selectors.SelectorKey:
        return self._files.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:  # noqa: ANN401 (same)
        return self._files.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._files.select(0)
        if ready:
            return ready
        if timeout is None:
            raise NothingWillHappenError("every task waits for something that never happens")
        self.now_s += max(timeout, 0.0)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._files.get_map()

    def close(self) -> None:
        self._files.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop in simulated time; `time()` counts seconds from 0."""

    def __init__(self) -> None:
        """Start at 0."""
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the simulated time in seconds."""
        return self._jumping.now_s


def run_in_virtual_time(main: Coroutine[Any, Any, _ResultT]) -> _ResultT:
    """Run a coroutine to its end in simulated time.

    Raises:
        NothingWillHappenError: it can never end.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
