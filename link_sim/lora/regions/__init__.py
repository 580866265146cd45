"""The regions known, one table per module, and how to find them.

Sources: LoRaWAN Regional Parameters as encoded by The Things Stack (`pkg/band`), LoRaMac-node
(`Region*.c`) and brocaar/lorawan (`band`), which agree.
"""

from link_sim.errors import ImpossibleValueError
from link_sim.lora.region import Region, Revision
from link_sim.lora.regions.as923 import AS923, AS923_RP001_1_0_2_B
from link_sim.lora.regions.au915 import AU915
from link_sim.lora.regions.eu868 import EU868
from link_sim.lora.regions.in865 import IN865
from link_sim.lora.regions.us915 import US915

REGIONS: tuple[Region, ...] = (EU868, US915, AS923, AS923_RP001_1_0_2_B, IN865, AU915)
"""Every region in every revision."""


def find_region(name: str, revision: Revision = Revision.RP002) -> Region:
    """Return a region by name and revision.

    Raises:
        ImpossibleValueError: there is none; the message lists what there is.
    """
    for region in REGIONS:
        if (region.name, region.revision) == (name, revision):
            return region
    known = ", ".join(f"{region.name} ({region.revision})" for region in REGIONS)
    raise ImpossibleValueError("region", f"no region {name} in {revision} (there are: {known})")
