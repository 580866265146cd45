"""A LoRaWAN link: region, data rates and duty cycle, carrying an update to one device."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError
from link_sim.link import Link, OpenLink
from link_sim.lora.coded_repair import CodedRepair, RedundancyPlan
from link_sim.lora.dialogue import Dialogue, DialogueSettings, Radios
from link_sim.lora.duty_cycle import (
    DutyCyclePolicy,
    FromStartOffTime,
    HourWindow,
    OffTime,
    Unlimited,
)
from link_sim.lora.listening import CLASS_C, Listening
from link_sim.lora.path import Path
from link_sim.lora.region import Direction, Region
from link_sim.lora.selective_repeat import SelectiveRepeat
from link_sim.lora.server_pacing import WHEN_LEGAL, Pacing
from link_sim.session import Session
from link_sim.transports import ts004


@unique
class Accounting(StrEnum):
    """How the duty cycle is accounted for; see `duty_cycle`."""

    OFF_TIME = "off-time"
    FROM_START = "from-start"
    HOUR_WINDOW = "hour-window"

    def policy(self, duty_cycle: float) -> DutyCyclePolicy:
        """Return the policy for a share of time; 1 means that there is no limit."""
        if duty_cycle >= 1:
            return Unlimited()
        match self:
            case Accounting.OFF_TIME:
                return OffTime(duty_cycle)
            case Accounting.FROM_START:
                return FromStartOffTime(duty_cycle)
            case Accounting.HOUR_WINDOW:
                return HourWindow(duty_cycle)


@dataclass(frozen=True, kw_only=True)
class LorawanLink(Link):
    """Downlinks on one frequency, status uplinks on another."""

    region: Region
    downlink_data_rate: int
    downlink_hz: int
    uplink_data_rate: int
    uplink_hz: int
    accounting: Accounting = Accounting.OFF_TIME
    repeater: bool = False
    """Whether payloads leave room for a repeater's header."""
    uplink_dwell_limited: bool = False
    """Whether uplinks are limited to 400 ms (US915 always, AU915 and AS923 by setting)."""
    downlink_dwell_limited: bool = False
    """Whether downlinks are (AS923 by setting)."""
    ts004_version: ts004.Version = ts004.Version.V2
    block_ack_delay: int = 0
    listening: Listening = CLASS_C
    """When the device listens, by its class."""
    pacing: Pacing = WHEN_LEGAL
    """How the server spaces fragments."""
    redundancy: RedundancyPlan | None = None
    """Repair by coded fragments; None repeats what was lost."""
    fragment_limit_bytes: int | None = None
    """Largest fragment that the server makes; None for what a frame holds."""

    def __post_init__(self) -> None:
        for path in (self.settings.downlink, self.settings.uplink):
            path.time_on_air_s(0)  # refuses modulations that are not modelled
        if self.settings.status_numbers_per_uplink < 1:
            raise ImpossibleValueError(
                "uplink_data_rate",
                f"DR{self.uplink_data_rate} carries {self.settings.uplink.application_bytes} bytes,"
                " too few for a status answer",
            )
        if self.fragment_limit_bytes is not None and self.fragment_limit_bytes < 1:
            raise ImpossibleValueError("fragment_limit_bytes", "leaves no room for a byte")
        if self.settings.downlink.application_bytes < self.ts004_version.setup_request_bytes:
            raise ImpossibleValueError(
                "downlink_data_rate",
                f"DR{self.downlink_data_rate} is too small for the session's set-up",
            )

    @property
    def fragment_sizes(self) -> Sequence[int]:
        """Everything up to what a downlink holds beside the TS004 header, or up to the limit."""
        room = self.settings.downlink.application_bytes - ts004.FRAGMENT_HEADER_BYTES
        most = min(room, ts004.MAX_FRAGMENT_BYTES)
        if self.fragment_limit_bytes is not None:
            most = min(most, self.fragment_limit_bytes)
        return range(1, most + 1)

    @property
    def settings(self) -> DialogueSettings:
        """The same link, as the protocol sees it."""
        return DialogueSettings(
            downlink=self._path(Direction.DOWNLINK, self.downlink_data_rate, self.downlink_hz),
            uplink=self._path(Direction.UPLINK, self.uplink_data_rate, self.uplink_hz),
            version=self.ts004_version,
            block_ack_delay=self.block_ack_delay,
            pacing=self.pacing,
        )

    def open(self) -> "OpenLorawanLink":
        """Begin with nothing on the duty cycle accounts."""
        return OpenLorawanLink(self)

    def _path(self, direction: Direction, index: int, frequency_hz: int) -> Path:
        data_rate = self.region.data_rate(index, direction)
        dwell_limited = (
            self.uplink_dwell_limited
            if direction is Direction.UPLINK
            else self.downlink_dwell_limited
        )
        return Path(
            direction=direction,
            data_rate=data_rate,
            policy=self.accounting.policy(self.region.sub_band_at(frequency_hz).duty_cycle),
            mac_payload_limit_bytes=data_rate.mac_payload_limit(
                dwell_limited=dwell_limited, repeater=self.repeater
            ),
            listening=self.listening if direction is Direction.DOWNLINK else CLASS_C,
        )


class OpenLorawanLink(OpenLink[LorawanLink]):
    """A gateway and a device with what they have sent."""

    def __init__(self, link: LorawanLink) -> None:
        super().__init__(link)
        settings = link.settings
        self._radios = Radios(gateway=settings.downlink.open(), device=settings.uplink.open())

    def carry(self, session: Session) -> None:
        """Run a TS004 session; see `selective_repeat` and `coded_repair`."""
        if session.fragment_count > ts004.MAX_FRAGMENTS:
            raise ImpossibleValueError(
                "fragment_bytes",
                f"{session.fragment_count} fragments, TS004 numbers {ts004.MAX_FRAGMENTS}",
            )
        dialogue = Dialogue(self.link.settings, self._radios, session)
        # A block of one fragment has nothing to combine: its rows are empty.
        if self.link.redundancy is None or session.fragment_count == 1:
            SelectiveRepeat(dialogue).run()
        else:
            CodedRepair(dialogue, self.link.redundancy).run()
