"""Whether the radio connection is up: who comes back after the release pays the set-up again."""

from dataclasses import dataclass

from link_sim.session import Session

NEVER_S = float("inf")


@dataclass(slots=True)
class Attachment:
    """One device's connection to its network."""

    set_up_s: float
    inactivity_s: float = NEVER_S
    """How long the base station keeps a silent connection."""
    _last_use_s: float | None = None

    def wake(self, session: Session) -> bool:
        """Wait until the radio is connected; return whether it had to be set up."""
        if self._last_use_s is not None and session.now_s - self._last_use_s <= self.inactivity_s:
            return False
        session.wait_until(session.now_s + self.set_up_s)
        self._last_use_s = session.now_s
        return True

    def used(self, session: Session) -> None:
        """Note that something was sent or received until now."""
        self._last_use_s = session.now_s
