"""What can go wrong on the vendor's side, sorted by who can act.

The command line maps each kind to one exit code.
"""


class PipelineError(Exception):
    """Base of every error of this package. Never raised directly."""


class InputError(PipelineError):
    """A file or option of the user cannot be used; the message names it, why and what to do."""


class Refused(PipelineError):  # noqa: N818 (the field says "refused")
    """The inputs are readable but no acceptable result exists: nothing fits, a proof failed."""


class EnvironmentProblem(PipelineError):  # noqa: N818
    """The machine cannot do it: a file that cannot be written, a tool that is missing."""
