"""What an operator bills for an update: one data session per device, rounded as the tariff says."""

from dataclasses import dataclass

from link_sim.tariff import DataSession, Tariff
from pipeline.json_document import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The bill for one device."""

    tariff: Tariff
    ip_bytes: int
    """Bytes of IP datagrams, both directions, what was sent again included."""
    billed_bytes: int
    cost: float
    """In the tariff's currency."""


def bill_for(tariff: Tariff, ip_bytes: int, duration_s: float) -> Bill | None:
    """Bill one session; None where no operator counts bytes, as on LoRaWAN and BLE."""
    if not ip_bytes:
        return None
    session = DataSession(bytes_carried=ip_bytes, duration_s=duration_s)
    return Bill(
        tariff=tariff,
        ip_bytes=ip_bytes,
        billed_bytes=tariff.billed_bytes([session]),
        cost=tariff.cost([session]),
    )


def bill_json(bill: Bill | None) -> Json:
    """Return a bill as `--json` prints it."""
    if bill is None:
        return None
    return {
        "tariff": bill.tariff.name,
        "currency": bill.tariff.currency,
        "ip_bytes": bill.ip_bytes,
        "billed_bytes": bill.billed_bytes,
        "cost": bill.cost,
    }
