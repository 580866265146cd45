"""Bumble's host and controller in virtual time over our radio.

Bumble is an extra (`airdelta[bumble]`): where it is not installed these models fail and say so.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from link_sim.ble.pdu import Phy
from link_sim.ble.virtual_time import NothingWillHappenError
from link_sim.crosscheck.result import Model, Result
from link_sim.errors import ImpossibleValueError, MissingExtraError
from link_sim.fields import Fields

_EXTRA = "bumble"
_MAX_LOSS = 0.95
"""The link layer repeats for ever: at 1 no transfer would end."""
_TRANSFERS_MODULE = "link_sim.crosscheck.bumble_transfers"


class _Transfers(Protocol):
    """The module that imports bumble."""

    def gatt_write_rate_kbps(
        self, phy: Phy, att_mtu: int, size_bytes: int, loss: float, /
    ) -> float: ...

    def coc_rate_kbps(self, phy: Phy, mps_bytes: int, size_bytes: int, loss: float, /) -> float: ...


def _bumble_gatt_wwr(inputs: Fields) -> Result:
    return _rate(inputs, _transfers().gatt_write_rate_kbps, inputs.integer("mtu", minimum=23))


def _bumble_l2cap_coc(inputs: Fields) -> Result:
    return _rate(inputs, _transfers().coc_rate_kbps, inputs.integer("mps", minimum=23))


def _rate(
    inputs: Fields, transfer: Callable[[Phy, int, int, float], float], piece_bytes: int
) -> Result:
    try:
        return transfer(
            inputs.choice("phy", Phy),
            piece_bytes,
            inputs.integer("bytes", minimum=1),
            inputs.number("loss", maximum=_MAX_LOSS),
        )
    except NothingWillHappenError as error:
        raise ImpossibleValueError("bytes", f"they never arrive: {error}") from error


def _transfers() -> _Transfers:
    if find_spec(_EXTRA) is None:
        raise MissingExtraError(_EXTRA)
    # Imported late, or nothing here could be used without the extra.
    return cast("_Transfers", import_module(_TRANSFERS_MODULE))


MODELS: Mapping[str, Model] = {
    "bumble_gatt_wwr": _bumble_gatt_wwr,
    "bumble_l2cap_coc": _bumble_l2cap_coc,
}
"""By the name that case files use."""
