"""Bearers other than NB-IoT: LTE-M in both modes, LTE Cat-1, GPRS and EDGE, by sustained rates.

HARQ and RLC hide losses here as on NB-IoT. What differs is how fast blocks follow each other, and
how long a datagram waits for the radio.
"""

from dataclasses import dataclass

from link_sim.cellular.bearer import AirUse, Service
from link_sim.cellular.nbiot import check_repetitions
from link_sim.errors import ImpossibleValueError

MODE_A_REPETITIONS = (1, 2, 4, 8, 16, 32)
MODE_B_REPETITIONS = (1, 4, 8, 16, 32, 64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
"""PDSCH repetitions of CE mode A and B (TS 36.213 tables 7.1.11-1 and 7.1.11-2)."""

MAX_TRANSPORT_BLOCK_BITS = 1000
"""Category M1 in both directions (TS 36.306)."""

LTE_HEADER_BYTES = 6
"""Per datagram: PDCP 2, RLC AM 2, MAC 2 (TS 36.323, 36.322, 36.321)."""
GPRS_HEADER_BYTES = 12
"""Per datagram: SNDCP 4, LLC 6, and the length indicator of RLC (TS 44.065, 44.064, 44.060)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBearer:
    """A bearer that delivers at sustained rates behind a latency per direction."""

    down_kbps: float
    up_kbps: float
    down_latency_s: float
    """From the network's decision to send until the first bit, on average."""
    up_latency_s: float
    """Scheduling request, grant, and the start of the transmission."""
    set_up_s: float
    header_bytes: int

    def __post_init__(self) -> None:
        for field in ("down_kbps", "up_kbps"):
            if getattr(self, field) <= 0:
                raise ImpossibleValueError(field, f"{getattr(self, field)} is not above 0")

    def uplink(self, datagram_bytes: int) -> AirUse:
        """Wait for a grant, then send."""
        return self._use(datagram_bytes, self.up_kbps, self.up_latency_s)

    def downlink(self, datagram_bytes: int) -> AirUse:
        """Wait for the scheduler, then receive."""
        return self._use(datagram_bytes, self.down_kbps, self.down_latency_s)

    def service(self, now_s: float) -> Service:
        """Return itself: its rates do not change."""
        return Service(bearer=self, from_s=now_s)

    def _use(self, datagram_bytes: int, kbps: float, latency_s: float) -> AirUse:
        size_bytes = datagram_bytes + self.header_bytes
        on_air_s = size_bytes * 8 / (kbps * 1000)
        return AirUse(
            duration_s=latency_s + on_air_s, bytes_on_air=size_bytes, time_on_air_s=on_air_s
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LteMCycle:
    """LTE-M blocks: how many of them share a period, or, with repetitions, one block's cycle.

    Without repetitions the period is that of the published peak rates: 3 blocks per 10 ms down and
    per 8 ms up in half duplex, 8 in full duplex, 10 per 17 ms with Release 14's bundled
    acknowledgements.
    """

    tbs_bits: int
    blocks: int
    period_ms: float

    def __post_init__(self) -> None:
        if not 0 < self.tbs_bits <= MAX_TRANSPORT_BLOCK_BITS:
            raise ImpossibleValueError(
                "tbs_bits", f"{self.tbs_bits} is not in 1..{MAX_TRANSPORT_BLOCK_BITS}"
            )
        if self.blocks < 1 or self.period_ms <= 0:
            raise ImpossibleValueError("period_ms", "a period holds at least one block")

    @property
    def rate_kbps(self) -> float:
        """Bits per millisecond in the long run."""
        return self.tbs_bits * self.blocks / self.period_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedCycle:
    """One LTE-M block with repetitions on every channel, one HARQ process.

    ```
    MPDCCH x R | 1 ms | PDSCH x R | 3 ms | PUCCH x R | 3 ms
    ```
    """

    tbs_bits: int
    mode: str
    """`A` or `B`: which repetitions can be signalled."""
    control_repetitions: int
    data_repetitions: int
    ack_repetitions: int

    def __post_init__(self) -> None:
        allowed = MODE_A_REPETITIONS if self.mode == "A" else MODE_B_REPETITIONS
        check_repetitions("data_repetitions", self.data_repetitions, allowed)
        LteMCycle(tbs_bits=self.tbs_bits, blocks=1, period_ms=1)

    @property
    def cycle_ms(self) -> float:
        """From one control message to the next."""
        repeated = self.control_repetitions + self.data_repetitions + self.ack_repetitions
        return repeated + 1 + 3 + 3

    @property
    def rate_kbps(self) -> float:
        """Bits per millisecond in the long run."""
        return self.tbs_bits / self.cycle_ms
