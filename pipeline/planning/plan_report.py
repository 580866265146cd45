"""Everything that a plan's report is made from, whatever its form."""

from dataclasses import dataclass

from pipeline.images.firmware_image import FirmwareImage
from pipeline.planning.comparison import Comparison
from pipeline.planning.other_settings import OtherSetting
from pipeline.planning.page_frame import origin
from pipeline.planning.sweeps import Sweeps


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """One comparison and what was computed around it."""

    comparison: Comparison
    base: FirmwareImage
    new: FirmwareImage
    sweeps: Sweeps | None
    """None where there is nothing to recommend."""
    command: str
    """As it was typed."""
    settings: tuple[OtherSetting, ...] = ()
    """Other settings of the links, if somebody asked for them."""

    @property
    def title(self) -> str:
        """From which image to which."""
        return f"{self.base.name} to {self.new.name}"

    @property
    def origin(self) -> str:
        """Where a figure of it comes from: version, seed and command."""
        return origin(self.command, self.comparison.circumstances.seed)

    @property
    def circumstances(self) -> str:
        """What every strategy meets, in a sentence."""
        met, profile = self.comparison.circumstances, self.comparison.spending.profile
        return (
            f"Device {profile.name}; devices {met.devices:,}, gateways {met.gateways}; "
            f"loss: {met.loss_text}; seed {met.seed}."
        )
