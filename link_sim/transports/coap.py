"""CoAP (RFC 7252) with block-wise transfer (RFC 7959): message sizes and retransmission timers.

A download is a sequence of GET requests with a Block2 option, each answered by one block; a request
is sent when the block before has arrived. An upload is a sequence of PUT requests with a Block1
option. Sizes are of the CoAP message alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError

HEADER_BYTES = 4
PAYLOAD_MARKER_BYTES = 1
DEFAULT_TOKEN_BYTES = 4

BLOCK_SIZES = (16, 32, 64, 128, 256, 512, 1024)
"""Exponents 0 to 6 of a Block option; 7 is reserved."""
MAX_BLOCKS = 1 << 20
"""Block numbers have 20 bits."""

_OPTION_ETAG = 4
_OPTION_URI_PATH = 11
_OPTION_CONTENT_FORMAT = 12
_OPTION_BLOCK2 = 23
_OPTION_BLOCK1 = 27
OPTION_Q_BLOCK2 = 31
"""RFC 9177."""

_ONE_BYTE_EXTENSION = 13
_TWO_BYTE_EXTENSION = 269
"""From these values on, an option's delta or length takes one or two further bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetransmissionTimers:
    """When a confirmable message is sent again; the defaults are those of RFC 7252 section 4.8."""

    ack_timeout_s: float = 2.0
    ack_random_factor: float = 1.5
    max_retransmit: int = 4

    @property
    def max_transmit_span_s(self) -> float:
        """From the first transmission to the last retransmission, at most."""
        doublings: int = (1 << self.max_retransmit) - 1
        return self.ack_timeout_s * doublings * self.ack_random_factor

    @property
    def max_transmit_wait_s(self) -> float:
        """From the first transmission until the sender gives up, at most."""
        doublings: int = (1 << (self.max_retransmit + 1)) - 1
        return self.ack_timeout_s * doublings * self.ack_random_factor


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDownload:
    """The fixed parts of a block-wise GET."""

    path: str
    """Such as `fw` or `5/0/0`."""
    block_bytes: int
    etag_bytes: int = 0
    """Length of the ETag in each response; 0 if there is none."""
    token_bytes: int = DEFAULT_TOKEN_BYTES
    block_option: int = _OPTION_BLOCK2

    def __post_init__(self) -> None:
        check_block_size(self.block_bytes)

    def request_bytes(self, *block_numbers: int) -> int:
        """Return the size of the GET for a block; Q-Block2 can ask for several at once."""
        options = _path_options(self.path)
        options += [(self.block_option, self._option_bytes(number)) for number in block_numbers]
        return HEADER_BYTES + self.token_bytes + _options_bytes(options)

    def response_overhead_bytes(self, block_number: int) -> int:
        """Return what a response adds to its block."""
        options = [(_OPTION_ETAG, self.etag_bytes)] if self.etag_bytes else []
        options.append((self.block_option, self._option_bytes(block_number)))
        return HEADER_BYTES + self.token_bytes + _options_bytes(options) + PAYLOAD_MARKER_BYTES

    def _option_bytes(self, block_number: int) -> int:
        return block_option_bytes(block_number, self.block_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockUpload:
    """The fixed parts of a block-wise PUT, such as LwM2M's push to 5/0/0."""

    path: str
    block_bytes: int
    token_bytes: int = DEFAULT_TOKEN_BYTES
    content_format_bytes: int = 1
    """Length of the Content-Format option: 42 (octet stream) is one byte; 0 leaves it out."""

    def __post_init__(self) -> None:
        check_block_size(self.block_bytes)

    def request_overhead_bytes(self, block_number: int) -> int:
        """Return what a request adds to its block."""
        options = _path_options(self.path)
        if self.content_format_bytes:
            options.append((_OPTION_CONTENT_FORMAT, self.content_format_bytes))
        options.append((_OPTION_BLOCK1, block_option_bytes(block_number, self.block_bytes)))
        return HEADER_BYTES + self.token_bytes + _options_bytes(options) + PAYLOAD_MARKER_BYTES

    def response_bytes(self, block_number: int) -> int:
        """Return the size of 2.31 Continue, or of the last 2.04 Changed."""
        option = (_OPTION_BLOCK1, block_option_bytes(block_number, self.block_bytes))
        return HEADER_BYTES + self.token_bytes + _options_bytes([option])


def block_option_bytes(block_number: int, block_bytes: int) -> int:
    """Return the length of a Block option's value.

    Number, more flag and size exponent, without leading zeros. The more flag sits in the low four
    bits and decides nothing, save for number and exponent 0.
    """
    if not 0 <= block_number < MAX_BLOCKS:
        raise ImpossibleValueError("block_num", f"{block_number} is not in 0..{MAX_BLOCKS - 1}")
    value = block_number << 4 | BLOCK_SIZES.index(block_bytes)
    return (value.bit_length() + 7) // 8


def check_block_size(block_bytes: int) -> None:
    """Refuse a block size that the option cannot say.

    Raises:
        ImpossibleValueError: not a power of two from 16 to 1024.
    """
    if block_bytes not in BLOCK_SIZES:
        raise ImpossibleValueError(
            "block_bytes", f"{block_bytes} is not one of {', '.join(map(str, BLOCK_SIZES))}"
        )


def block_count(size_bytes: int, block_bytes: int) -> int:
    """Return how many blocks a resource has."""
    return -(-size_bytes // block_bytes)


def stop_and_wait_s(size_bytes: int, block_bytes: int, round_trip_s: float) -> float:
    """Return the time of a download in which round trips outweigh everything else."""
    return block_count(size_bytes, block_bytes) * round_trip_s


def _path_options(path: str) -> list[tuple[int, int]]:
    return [(_OPTION_URI_PATH, len(part.encode())) for part in path.split("/")]


def _options_bytes(options: Sequence[tuple[int, int]]) -> int:
    """Size of encoded options, given as (number, length of value) in ascending order."""
    total = previous = 0
    for number, length in options:
        total += 1 + _extension_bytes(number - previous) + _extension_bytes(length) + length
        previous = number
    return total


def _extension_bytes(value: int) -> int:
    if value < _ONE_BYTE_EXTENSION:
        return 0
    return 1 if value < _TWO_BYTE_EXTENSION else 2
