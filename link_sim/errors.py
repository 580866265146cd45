"""What can go wrong with a link, sorted by who can act.

The caller's own mistakes (an index nobody asked for, a receiver that lies) stay plain
`ValueError`s.
"""


class LinkError(Exception):
    """Base of every error of this package. Never raised directly."""


class UnknownLinkError(LinkError):
    """No built-in link has that name; the message lists those that exist."""


class ImpossibleValueError(LinkError):
    """A profile, an argument or a case asks for something that no radio can do.

    The message starts with the field, so that whoever wrote it knows where to look.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        """Dotted path of the offending field or argument."""
        self.reason = reason
        """Why it cannot be, in a few words."""

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class UnreadableTextError(LinkError):
    """Text handed in as a profile or a case file does not parse at all."""


class MissingExtraError(LinkError):
    """Something needs an optional part of the distribution that is not installed."""

    def __init__(self, extra: str) -> None:
        super().__init__(extra)
        self.extra = extra
        """Its name in `pip install airdelta[...]`."""

    def __str__(self) -> str:
        return f"needs the extra airdelta[{self.extra}], which is not installed"
