"""LwM2M's firmware object (5): what a server and a device exchange around the image itself.

PULL: the server writes a URI into 5/0/1 and the device downloads from there (CoAP Block2, HTTP).
PUSH: the server writes the image into 5/0/0 with Block1, at the pace of the device's answers.
Either way the device reports its state by notifications, and the server starts the update by
executing 5/0/2. Sizes are of CoAP messages with 4-byte tokens.
"""

from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError
from link_sim.transports.coap import DEFAULT_TOKEN_BYTES, HEADER_BYTES, BlockUpload, block_count

PACKAGE_PATH = "5/0/0"
PACKAGE_URI_PATH = "5/0/1"
UPDATE_PATH = "5/0/2"
"""Resources of object 5 (OMA LwM2M 1.1 appendix E.6)."""

_PATH_BYTES = 3 * (1 + 1)
"""Three Uri-Path options of one character each."""
_MARKER_BYTES = 1
_CONTENT_FORMAT_BYTES = 1
"""Text/plain is 0: an option without a value."""
_OBSERVE_BYTES = 1 + 3
"""Observe option with a sequence number of up to three bytes."""
_NOTIFICATIONS = 3
"""Downloading, downloaded, updating."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeBytes:
    """CoAP bytes in the two directions."""

    up: int
    down: int


def control_bytes(uri: str) -> ExchangeBytes:
    """Return what surrounds a download by PULL: URI, notifications, the order to update."""
    if not uri:
        raise ImpossibleValueError("uri", "must not be empty")
    request = HEADER_BYTES + DEFAULT_TOKEN_BYTES + _PATH_BYTES
    answer = HEADER_BYTES + DEFAULT_TOKEN_BYTES
    write = request + _CONTENT_FORMAT_BYTES + _MARKER_BYTES + len(uri.encode())
    notification = answer + _OBSERVE_BYTES + _CONTENT_FORMAT_BYTES + _MARKER_BYTES + 1
    return ExchangeBytes(
        up=2 * answer + _NOTIFICATIONS * notification,
        down=write + request + _NOTIFICATIONS * HEADER_BYTES,
    )


def push_bytes(size_bytes: int, block_bytes: int) -> ExchangeBytes:
    """Return what a PUSH of an image exchanges, blocks included."""
    upload = BlockUpload(path=PACKAGE_PATH, block_bytes=block_bytes)
    blocks = range(block_count(size_bytes, block_bytes))
    return ExchangeBytes(
        up=sum(map(upload.response_bytes, blocks)),
        down=size_bytes + sum(map(upload.request_overhead_bytes, blocks)),
    )


def push_largest_image_bytes(server_timeout_s: float, block_bytes: int, round_trip_s: float) -> int:
    """Return the largest image that a PUSH finishes before the server's time runs out.

    ThingsBoard gave up after 120 s, at about 70 KB.
    """
    if round_trip_s <= 0:
        raise ImpossibleValueError("round_trip_s", f"{round_trip_s} is not above 0")
    return int(server_timeout_s / round_trip_s) * block_bytes
