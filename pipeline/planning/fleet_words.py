"""The plan of a fleet in sentences: what is saved, who is left behind, and the proof."""

from pipeline.planning.fleet_group import GroupPlan
from pipeline.planning.fleet_plan import FleetPlan
from pipeline.planning.update_paths import PathKind
from pipeline.wording import bytes_text, duration_text


def takes_text(group: GroupPlan) -> str:
    """Return what a group takes, in a few words."""
    if group.path is None:
        return "no path"
    if group.path.kind is PathKind.CHAIN:
        return "chain " + ", ".join(step.new.version for step in group.path.steps)
    return group.path.kind.value


def saving_texts(plan: FleetPlan) -> list[str]:
    """Return what goes over the air, beside full images for all: bytes, and gateways' air time."""
    texts = [f"packages to all devices: {bytes_text(plan.total_bytes)} bytes"]
    full_bytes = plan.total_full_bytes
    if full_bytes and plan.total_bytes < full_bytes:
        saved = 100 * (1 - plan.total_bytes / full_bytes)
        texts[0] += f", {saved:.0f} % less than {bytes_text(full_bytes)} with full images"
    for name, (planned_s, full_s) in plan.on_air_s().items():
        text = f"{name}: the gateways send for {duration_text(planned_s)}"
        if full_s is not None and planned_s < full_s:
            text += f" instead of {duration_text(full_s)}"
        texts.append(text)
    return texts


def stranded_texts(plan: FleetPlan) -> list[str]:
    """Return one sentence per group that is left behind."""
    return [
        f"no path: {bytes_text(group.row.devices)} of {group.profile.name} with "
        f"{group.row.version} on {group.link.name}: {group.reason}"
        for group in plan.stranded
    ]


def proof_text(plan: FleetPlan) -> str:
    """Return the verdict: whether everybody gets there, and how that is known."""
    stranded = sum(group.row.devices for group in plan.stranded)
    if stranded:
        return f"{bytes_text(stranded)} of {bytes_text(plan.devices)} devices have no path"
    goals = ", ".join(dict.fromkeys(group.goal.version for group in plan.groups))
    return (
        f"every one of {bytes_text(plan.devices)} devices has a path to {goals}: each package fits "
        "its device and asks, by digest, for what the one before leaves"
    )
