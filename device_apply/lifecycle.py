"""The lifecycle of an update on a device: one table, and what each state promises.

- `IDLE`: no update is under way. The confirmed image runs.
- `DOWNLOADING`: the head of one package is verified and stored; some fragments of its payload may
  be missing.
- `DOWNLOADED`: every fragment of the payload is stored. Its digest is not checked yet.
- `VERIFIED`: the payload is the signed one and a rehearsal has decoded it to the signed new image.
  Only now may the inactive slot be erased.
- `STAGED`: the inactive slot holds the new image, read back and compared. It has not run.
- `TRIAL`: the new image was given at least one boot and has not confirmed itself.
- `CONFIRMED`: the new image runs for good and the security counter is its own.
- `REVERTED`: the new image failed its trial; the image before it runs for good.

In every state the confirmed slot is whole. The state changes only by appending one record to the
state store, so a power cut leaves the state before or the state after, never one between.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum, auto, unique
from typing import Final


@unique
class LifecycleState(IntEnum):
    """Where an update stands. The numbers are stored in flash and never reused."""

    IDLE = 0
    DOWNLOADING = 1
    DOWNLOADED = 2
    VERIFIED = 3
    STAGED = 4
    TRIAL = 5
    CONFIRMED = 6
    REVERTED = 7

    @property
    def label(self) -> str:
        """The name for people, such as `downloading`."""
        return self.name.lower()


@unique
class LifecycleEvent(Enum):
    """What moves an update on."""

    OPEN_SESSION = auto()
    """A verified head was stored and the area for its payload is ready."""
    COMPLETE_PAYLOAD = auto()
    """The last missing fragment was stored."""
    LOSE_FRAGMENT = auto()
    """A stored fragment no longer reads back and has to be fetched again."""
    VERIFY_PAYLOAD = auto()
    """The payload's digest and the rehearsal agreed with the manifest."""
    STAGE_IMAGE = auto()
    """The new image was programmed and read back."""
    TRY_BOOT = auto()
    """A trial boot is about to happen and is counted first."""
    CONFIRM = auto()
    """The new image found itself healthy."""
    REVERT = auto()
    """The new image is damaged or has used up its trial boots."""
    ABANDON = auto()
    """The update was refused or replaced by another one."""


_S = LifecycleState
_E = LifecycleEvent

TRANSITIONS: Final[Mapping[LifecycleState, Mapping[LifecycleEvent, LifecycleState]]] = {
    _S.IDLE: {_E.OPEN_SESSION: _S.DOWNLOADING},
    _S.DOWNLOADING: {_E.COMPLETE_PAYLOAD: _S.DOWNLOADED, _E.ABANDON: _S.IDLE},
    _S.DOWNLOADED: {
        _E.VERIFY_PAYLOAD: _S.VERIFIED,
        _E.LOSE_FRAGMENT: _S.DOWNLOADING,
        _E.ABANDON: _S.IDLE,
    },
    _S.VERIFIED: {
        _E.STAGE_IMAGE: _S.STAGED,
        _E.LOSE_FRAGMENT: _S.DOWNLOADING,
        _E.ABANDON: _S.IDLE,
    },
    _S.STAGED: {_E.TRY_BOOT: _S.TRIAL, _E.REVERT: _S.REVERTED, _E.ABANDON: _S.IDLE},
    # No way out of a trial but by its result: a new download would erase what may have to be kept.
    _S.TRIAL: {_E.TRY_BOOT: _S.TRIAL, _E.CONFIRM: _S.CONFIRMED, _E.REVERT: _S.REVERTED},
    _S.CONFIRMED: {_E.OPEN_SESSION: _S.DOWNLOADING},
    _S.REVERTED: {_E.OPEN_SESSION: _S.DOWNLOADING},
}
"""The next state by state and event; what is not here cannot happen."""

SESSION_STATES: Final = frozenset({_S.DOWNLOADING, _S.DOWNLOADED, _S.VERIFIED})
"""States in which the download area belongs to the package being handled."""


def next_state(state: LifecycleState, event: LifecycleEvent) -> LifecycleState:
    """Return the state that follows.

    Raises:
        RuntimeError: the event cannot happen in this state; the caller is out of order.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError as error:
        possible = ", ".join(sorted(event.name for event in TRANSITIONS[state]))
        raise RuntimeError(
            f"{event.name} cannot happen while {state.label} (possible: {possible})"
        ) from error
