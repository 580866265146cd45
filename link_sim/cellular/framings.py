"""The two ways to ask for pieces of an update over TCP: HTTP ranges and MQTT file streams."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from link_sim.errors import ImpossibleValueError
from link_sim.transports.http_range import RangeDownload
from link_sim.transports.mqtt import MIN_BLOCK_BYTES, PUBACK_BYTES, FileStream

_SMALLEST_PIECE_BYTES = 256
ANY_RESOURCE_BYTES = 99_999_999
"""The total that Content-Range states: eight digits, whatever the update's real size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFraming:
    """One range request per piece."""

    download: RangeDownload
    largest_piece_bytes: int

    def __post_init__(self) -> None:
        _check_power_of_two("range_bytes", self.largest_piece_bytes, _SMALLEST_PIECE_BYTES)

    @property
    def piece_sizes(self) -> Sequence[int]:
        """Powers of two up to the largest range."""
        return _powers_of_two(_SMALLEST_PIECE_BYTES, self.largest_piece_bytes)

    def request_bytes(self, index: int, piece_bytes: int, size_bytes: int) -> int:
        """Return the size of the GET."""
        first = index * piece_bytes
        return len(self.download.request(first, first + size_bytes - 1))

    def response_bytes(self, index: int, piece_bytes: int, size_bytes: int) -> int:
        """Return the size of header and range."""
        first = index * piece_bytes
        header = self.download.response_header(first, first + size_bytes - 1)
        return len(header) + size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttFraming:
    """One stream request per block."""

    stream: FileStream

    @property
    def piece_sizes(self) -> Sequence[int]:
        """Powers of two up to the largest block."""
        return _powers_of_two(MIN_BLOCK_BYTES, self.stream.block_bytes)

    def request_bytes(self, index: int, piece_bytes: int, _size_bytes: int) -> int:
        """Return the size of the request, and of what acknowledges the block before."""
        stream = replace(self.stream, block_bytes=piece_bytes)
        return stream.request_bytes(index, 1) + self._acknowledgement_bytes

    def response_bytes(self, index: int, piece_bytes: int, size_bytes: int) -> int:
        """Return the size of the block's message, and of what acknowledges the request."""
        stream = replace(self.stream, block_bytes=piece_bytes)
        return stream.data_bytes(index, size_bytes) + self._acknowledgement_bytes

    @property
    def _acknowledgement_bytes(self) -> int:
        return PUBACK_BYTES if self.stream.acknowledged else 0


def _powers_of_two(smallest: int, largest: int) -> Sequence[int]:
    sizes = []
    size = smallest
    while size <= largest:
        sizes.append(size)
        size *= 2
    return sizes


def _check_power_of_two(field: str, value: int, smallest: int) -> None:
    if value < smallest or value & (value - 1):
        raise ImpossibleValueError(field, f"{value} is not a power of two from {smallest} on")
