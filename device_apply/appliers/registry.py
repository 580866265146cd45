"""All appliers, by payload format."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from device_apply.appliers.airdelta import AirdeltaApplier
from device_apply.appliers.bsdiff import BsdiffApplier
from device_apply.appliers.contract import Applier
from device_apply.appliers.detools_format import Compression
from device_apply.appliers.detools_hdiffpatch import DetoolsHdiffpatchApplier
from device_apply.appliers.detools_in_place import DetoolsInPlaceApplier
from device_apply.appliers.detools_sequential import DetoolsSequentialApplier
from device_apply.appliers.full_image import (
    HeatshrinkImageApplier,
    LzmaImageApplier,
    StoredImageApplier,
)
from device_apply.appliers.zstd_frame import ZstdImageApplier, ZstdPatchApplier
from device_apply.wire.payload_format import PayloadFormat

_ALL: Final[tuple[Applier, ...]] = (
    StoredImageApplier(),
    ZstdImageApplier(),
    LzmaImageApplier(),
    HeatshrinkImageApplier(),
    BsdiffApplier(),
    DetoolsSequentialApplier(PayloadFormat.DETOOLS_SEQUENTIAL_LZMA, Compression.LZMA),
    DetoolsSequentialApplier(PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, Compression.CRLE),
    DetoolsSequentialApplier(PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK, Compression.HEATSHRINK),
    DetoolsHdiffpatchApplier(),
    DetoolsInPlaceApplier(),
    ZstdPatchApplier(),
    AirdeltaApplier(),
)

APPLIERS: Final[Mapping[PayloadFormat, Applier]] = MappingProxyType(
    {applier.payload_format: applier for applier in _ALL}
)
"""One applier for every payload format."""


def applier_for(payload_format: PayloadFormat) -> Applier:
    """Return the applier that decodes `payload_format`; there is one for each."""
    return APPLIERS[payload_format]
