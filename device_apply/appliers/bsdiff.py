"""Applier of `BSDIFF40` patches: a header and three bzip2 streams, decoded side by side.

The header is the magic and three sizes: of the control stream, of the difference stream (both
compressed), of the new image. The literal stream is the rest. The control stream holds, for each
instruction, how much to copy-add, how much to insert, how far to seek; all numbers are 64 bits,
little-endian, sign and magnitude. bspatch.c loads everything and trusted these numbers for long
(CVE-2014-9862, CVE-2020-14315); here each is checked before it is used.
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar, Final, Self

from device_apply.appliers.bounded_output import BoundedOutput
from device_apply.appliers.bzip2_stream import bzip2_ram_bytes, open_bzip2
from device_apply.appliers.contract import ApplyNeeds, Emit, Scratch, Source
from device_apply.appliers.patch_interpreter import BaseWindow, PatchInterpreter
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError
from device_apply.wire.payload_format import PayloadFormat

_MAGIC: Final = b"BSDIFF40"
_CONTROL: Final = Struct("<QQQ")
_SIGN_BIT: Final = 1 << 63


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """Where the three streams lie."""

    control_end: int
    difference_end: int
    new_size: int

    _LAYOUT: ClassVar = Struct("<8sQQQ")
    SIZE: ClassVar[int] = _LAYOUT.size

    @classmethod
    def read(cls, payload: Source) -> Self:
        """Decode the header."""
        data = SourceReader(payload).read(cls.SIZE)
        magic, control_size, difference_size, new_size = cls._LAYOUT.unpack(data)
        if magic != _MAGIC:
            raise FormatError(f"payload starts with {magic!r}, not with {_MAGIC!r}")
        control_end = cls.SIZE + control_size
        return cls(
            control_end=control_end,
            difference_end=control_end + difference_size,
            new_size=new_size,
        )

    def readers(self, payload: Source) -> tuple[SourceReader, SourceReader, SourceReader]:
        """Return the control, difference and literal streams, still compressed.

        Raises:
            device_apply.errors.FormatError: the header names a range outside the payload.
        """
        return (
            SourceReader(payload, self.SIZE, self.control_end),
            SourceReader(payload, self.control_end, self.difference_end),
            SourceReader(payload, self.difference_end),
        )


@dataclass(frozen=True, slots=True)
class BsdiffApplier:
    """Decodes `BSDIFF40` patches."""

    payload_format: PayloadFormat = PayloadFormat.BSDIFF4

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes: three bzip2 decoders, by their block sizes."""
        del base_size, new_size
        readers = _Header.read(payload).readers(payload)
        return ApplyNeeds(
            ram_bytes=sum(bzip2_ram_bytes(reader) for reader in readers),
            ram_basis="bzip2 manual: 100 kB + 4 x block size, for each of three streams",
            scratch_flash_bytes=0,
            random_base_access=True,
        )

    def apply(
        self,
        payload: Source,
        base: Source,
        new_size: int,
        emit: Emit,
        scratch: Scratch | None = None,
    ) -> None:
        """Decode the payload, as `contract.Applier.apply` says."""
        header = _Header.read(payload)
        if header.new_size != new_size:
            raise FormatError(f"patch is for {header.new_size} bytes, not for {new_size}")
        readers = header.readers(payload)
        control, differences, literals = (open_bzip2(reader) for reader in readers)
        output = BoundedOutput(emit, new_size)
        interpreter = PatchInterpreter(BaseWindow.whole(base), output)
        while output.remaining:
            copy_add, insert, seek = map(_signed, _CONTROL.unpack(control.read(_CONTROL.size)))
            interpreter.copy_add(copy_add, differences)
            interpreter.insert(insert, literals)
            interpreter.seek(seek)
        for stream in (control, differences, literals):
            stream.finish()


def _signed(value: int) -> int:
    """Decode sign and magnitude."""
    return _SIGN_BIT - value if value & _SIGN_BIT else value
