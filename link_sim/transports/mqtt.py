"""MQTT 3.1.1 and the blocks of AWS IoT's file streams: the size of every message.

A device publishes a request for a number of blocks, the service publishes each block as a message
of its own: in JSON, where base64 makes it a third larger, or in CBOR.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError
from link_sim.transports.smp import cbor_head_bytes

MAX_BLOCK_BYTES = 128 * 1024
"""AWS IoT Core: blocks of 256 bytes to 128 KiB."""
MIN_BLOCK_BYTES = 256

PUBACK_BYTES = 4
"""MQTT 3.1.1 section 3.4."""

_MAX_REMAINING_BYTES = 268_435_455
"""Four bytes of seven bits (section 2.2.3)."""
_SEVEN_BITS = 128


@unique
class Encoding(StrEnum):
    """How a block is written into its message."""

    JSON = "json"
    CBOR = "cbor"


def remaining_length_bytes(remaining_bytes: int) -> int:
    """Return how many bytes state the length of a packet (section 2.2.3).

    Raises:
        ImpossibleValueError: a packet cannot be that long.
    """
    if not 0 <= remaining_bytes <= _MAX_REMAINING_BYTES:
        raise ImpossibleValueError("payload_bytes", f"{remaining_bytes} does not fit a packet")
    count = 1
    while remaining_bytes >= _SEVEN_BITS:
        remaining_bytes //= _SEVEN_BITS
        count += 1
    return count


def publish_bytes(topic: str, payload_bytes: int, *, acknowledged: bool) -> int:
    """Return the size of a PUBLISH packet (section 3.3); QoS 1 carries a packet identifier."""
    remaining = 2 + len(topic.encode()) + (2 if acknowledged else 0) + payload_bytes
    return 1 + remaining_length_bytes(remaining) + remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStream:
    """AWS IoT's MQTT-based file delivery for one thing and stream."""

    thing: str
    stream: str
    block_bytes: int
    encoding: Encoding = Encoding.CBOR
    acknowledged: bool = False
    """QoS 1 and not 0."""

    def __post_init__(self) -> None:
        if not MIN_BLOCK_BYTES <= self.block_bytes <= MAX_BLOCK_BYTES:
            raise ImpossibleValueError(
                "block_bytes",
                f"{self.block_bytes} is not in {MIN_BLOCK_BYTES}..{MAX_BLOCK_BYTES}",
            )

    def request_bytes(self, first_block: int, blocks: int) -> int:
        """Return the size of the message that asks for consecutive blocks."""
        if self.encoding is Encoding.JSON:
            payload = len(f'{{"f":0,"l":{self.block_bytes},"o":{first_block},"n":{blocks}}}')
        else:
            values = (0, self.block_bytes, first_block, blocks)
            payload = 1 + sum(2 + cbor_head_bytes(value) for value in values)
        return publish_bytes(self._topic("get"), payload, acknowledged=self.acknowledged)

    def data_bytes(self, block: int, size_bytes: int) -> int:
        """Return the size of the message that carries one block."""
        if self.encoding is Encoding.JSON:
            base64_bytes = 4 * -(-size_bytes // 3)
            payload = len(f'{{"f":0,"l":{size_bytes},"i":{block},"p":""}}') + base64_bytes
        else:
            heads = sum(2 + cbor_head_bytes(value) for value in (0, size_bytes, block))
            payload = 1 + heads + 2 + cbor_head_bytes(size_bytes) + size_bytes
        return publish_bytes(self._topic("data"), payload, acknowledged=self.acknowledged)

    def _topic(self, verb: str) -> str:
        return f"$aws/things/{self.thing}/streams/{self.stream}/{verb}/{self.encoding}"
