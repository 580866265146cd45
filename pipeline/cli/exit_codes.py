"""Which exit code each kind of error gets. Scripts rely on these numbers."""

from enum import IntEnum, unique
from typing import Final

from device_apply.errors import DeviceApplyError, ProfileError
from link_sim.errors import LinkError
from pipeline.errors import EnvironmentProblem, InputError, PipelineError


@unique
class ExitCode(IntEnum):
    """The codes; everything else is a bug."""

    OK = 0
    REJECTED = 1
    """An update was refused, nothing fits, a device did not confirm."""
    USAGE = 2
    """An option or an input file cannot be used."""
    ENVIRONMENT = 3
    """The machine cannot do it: a disk, a permission, a missing tool."""
    SIGNATURE_WANTED = 4
    """Bytes to sign were written; run the command again when the signature is beside them."""
    BUG = 70
    """EX_SOFTWARE of sysexits.h."""
    INTERRUPTED = 130
    """128 + SIGINT, as shells report it."""


EXPECTED_ERRORS: Final = (PipelineError, DeviceApplyError, LinkError)
"""Errors whose message is written for the user."""

_USAGE_ERRORS: Final = (InputError, ProfileError, LinkError)


def exit_code_of(error: Exception) -> ExitCode:
    """Return the exit code for one of `EXPECTED_ERRORS`."""
    if isinstance(error, _USAGE_ERRORS):
        return ExitCode.USAGE
    if isinstance(error, EnvironmentProblem):
        return ExitCode.ENVIRONMENT
    return ExitCode.REJECTED
