"""Energy and cost, as several commands print them: where it goes, and what it rests on."""

from collections.abc import Sequence

from rich.console import Console

from link_sim.energy import EnergyReport
from pipeline.cli.output import plain_table
from pipeline.json_document import Json
from pipeline.rehearsal.billing import Bill
from pipeline.wording import cost_text, duration_text, energy_text, share_text


def energy_json(energy: EnergyReport | None, battery_share: float | None) -> Json:
    """Return an energy report as `--json` prints it."""
    if energy is None:
        return None
    spells: list[Json] = [
        {
            "part": one.part,
            "state": one.state,
            "duration_s": one.duration_s,
            "current_ma": one.current.ma,
            "energy_mj": one.energy_mj,
            "source": one.current.source,
            "confirmed": one.current.confirmed,
        }
        for one in energy.spells
    ]
    return {
        "total_mj": energy.total_mj,
        "charge_mah": energy.charge_mah,
        "battery_share": battery_share,
        "spells": spells,
    }


def print_energy(
    console: Console, energy: EnergyReport | None, battery_share: float | None
) -> None:
    """Print a table of parts and states; figures that nobody confirmed carry a mark."""
    if energy is None:
        return
    table = plain_table("part", "state", ">time", ">mA", ">energy", "")
    for one in energy.spells:
        mark = "" if one.current.confirmed else "*"
        table.add_row(
            one.part,
            one.state,
            duration_text(one.duration_s),
            f"{one.current.ma:g}",
            energy_text(one.energy_mj),
            mark,
        )
    console.print(table)
    print_energy_sum(console, energy, battery_share)


def print_energy_sum(
    console: Console, energy: EnergyReport | None, battery_share: float | None
) -> None:
    """Print one line: energy, charge, share of the battery."""
    if energy is None:
        return
    text = f"energy {energy_text(energy.total_mj)}, {energy.charge_mah:.3g} mAh"
    if battery_share is not None:
        text += f", {share_text(battery_share)} of the battery"
    console.print(text, highlight=False)


def print_bill(console: Console, bill: Bill | None) -> None:
    """Print what one device's update costs."""
    if bill is None:
        return
    console.print(
        f"cost {cost_text(bill.cost, bill.tariff.currency)} by tariff {bill.tariff.name}: "
        f"{bill.ip_bytes:,} bytes of IP, {bill.billed_bytes:,} billed",
        highlight=False,
    )


def print_assumptions(console: Console, assumptions: Sequence[str]) -> None:
    """Print what results rest on that nobody confirmed."""
    for sentence in assumptions:
        console.print(f"* {sentence}", style="dim", highlight=False)
