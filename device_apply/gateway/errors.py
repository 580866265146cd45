"""What can go wrong between a gateway and a repository."""

from device_apply.errors import DeviceApplyError


class DownloadFailed(DeviceApplyError):  # noqa: N818 (reads as what happened)
    """A file could not be fetched completely; what arrived is kept for the next attempt."""


class RepositoryRejected(DeviceApplyError):  # noqa: N818
    """The repository's metadata or a file is not what its keys vouch for; nothing was kept."""
