"""Links by name, and links from text.

Built-in links are TOML files in `link_sim/profiles`, one per link; users write their own in the
same format and the caller hands over their text. Reading is strict: an unknown key or an impossible
value is refused with the name of the field.
"""

from collections.abc import Callable, Mapping

from link_sim.ble.profile import read_ble_link
from link_sim.cellular.profile import (
    read_gsm_link,
    read_lte_link,
    read_ltem_link,
    read_nbiot_link,
)
from link_sim.errors import ImpossibleValueError, UnknownLinkError
from link_sim.fields import Fields
from link_sim.link import Link, LinkLabel, Radio
from link_sim.lora.profile import read_lorawan_link
from link_sim.toml_documents import builtin_names, builtin_text, parse_toml

_PROFILES = "profiles"

_READERS: Mapping[Radio, Callable[[LinkLabel, Fields], Link]] = {
    Radio.LORAWAN: read_lorawan_link,
    Radio.BLE: read_ble_link,
    Radio.NBIOT: read_nbiot_link,
    Radio.LTEM: read_ltem_link,
    Radio.LTE: read_lte_link,
    Radio.GSM: read_gsm_link,
}


def link_names() -> list[str]:
    """Return the names of the built-in links, sorted."""
    return builtin_names(_PROFILES)


def link_text(name: str) -> str:
    """Return the TOML of a built-in link, a starting point for one's own.

    Raises:
        UnknownLinkError: there is none of that name.
    """
    names = link_names()
    if name not in names:
        raise UnknownLinkError(f"no link {name!r} (there are: {', '.join(names)})")
    return builtin_text(_PROFILES, name)


def load_link(name: str) -> Link:
    """Return a built-in link.

    Raises:
        UnknownLinkError: there is none of that name.
    """
    return parse_link(link_text(name))


def parse_link(text: str) -> Link:
    """Read a link profile.

    Raises:
        UnreadableTextError: not TOML.
        ImpossibleValueError: an unknown or missing key, or a link that cannot exist.
    """
    root = parse_toml(text)
    radio = root.choice("radio", Radio)
    label = LinkLabel(
        name=root.text("name"),
        description=root.text("description"),
        radio=radio,
        assumptions=root.texts("assumptions"),
    )
    section = root.table(radio)
    try:
        link = _READERS[radio](label, section)
    except ImpossibleValueError as error:
        # What the radio refuses knows its own field, not the table that it came from.
        if error.field.startswith(f"{radio}."):
            raise
        raise ImpossibleValueError(f"{radio}.{error.field}", error.reason) from error
    section.finish()
    root.finish()
    return link
