"""The applier of airdelta patches: the C decoder of `device_apply.core`, fed piece by piece.

The decoder works in the memory that `needs` announces and no more, as on a device; a patch that
asks for more ends with its error.
"""

from dataclasses import dataclass
from typing import Final

from device_apply.appliers.contract import ApplyNeeds, Emit, Scratch, Source
from device_apply.appliers.sources import SourceReader
from device_apply.core.decoder import MemoryScratch, PatchDecoder, Ports, Status
from device_apply.core.needs import DEVICE_RAM_BYTES, PEEK_BYTES, DecoderNeeds
from device_apply.errors import FormatError
from device_apply.wire.payload_format import PayloadFormat

_PIECE_BYTES: Final = 256
"""What a device hands over at once; any size gives the same image."""


_PLAN_MARK: Final = 0xF0
_PLAN_HEAD_BYTES: Final = 4
_PLAN_SIZE_AT: Final = 2


@dataclass(frozen=True, slots=True)
class _Tail:
    """A source from an offset on."""

    source: Source
    start: int

    @property
    def size(self) -> int:
        return self.source.size - self.start

    def read(self, offset: int, size: int) -> bytes:
        return self.source.read(self.start + offset, size)


def patch_behind_plan(payload: Source) -> Source:
    """Return the patch: a payload for a device that commits in place begins with a plan.

    The plan is that device's business; who writes the new image elsewhere needs none.
    """
    if payload.size < _PLAN_HEAD_BYTES or payload.read(0, 1)[0] < _PLAN_MARK:
        return payload
    plan_bytes = int.from_bytes(payload.read(_PLAN_SIZE_AT, 2), "little")
    return _Tail(payload, min(_PLAN_HEAD_BYTES + plan_bytes, payload.size))


@dataclass(frozen=True, slots=True)
class AirdeltaApplier:
    """Decodes patches of every tier."""

    payload_format: PayloadFormat = PayloadFormat.AIRDELTA

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes, as `contract.Applier.needs` says."""
        needs = _needs(patch_behind_plan(payload), base_size, new_size)
        rereads = new_size if needs.reads_new_image else 0
        return ApplyNeeds(
            ram_bytes=needs.device_ram_bytes + rereads,
            ram_basis=f"C decoder on 32 bits, {needs.segments} segments; the device library takes "
            f"{DEVICE_RAM_BYTES:,} more"
            + (" and the new image, which this tier reads back" if rereads else ""),
            scratch_flash_bytes=needs.scratch_bytes,
            random_base_access=needs.reads_base,
        )

    def apply(
        self,
        payload: Source,
        base: Source,
        new_size: int,
        emit: Emit,
        scratch: Scratch | None = None,
    ) -> None:
        """Decode, as `contract.Applier.apply` says."""
        payload = patch_behind_plan(payload)
        needs = _needs(payload, base.size, new_size)
        new = bytearray()

        def write_new(_offset: int, piece: bytes) -> None:
            if needs.reads_new_image:
                new.extend(piece)
            emit(piece)

        def read_new(offset: int, count: int) -> bytes:
            return bytes(new[offset : offset + count])

        decoder = PatchDecoder(
            Ports(
                read_base=base.read,
                write_new=write_new,
                read_new=read_new,
                scratch=scratch or MemoryScratch(needs.scratch_bytes),
            ),
            base_size=base.size,
            new_size=new_size,
            patch_size=payload.size,
            memory_bytes=needs.host_memory_bytes,
        )
        reader = SourceReader(payload)
        status = Status.NEED_INPUT
        while status is not Status.DONE:
            piece = reader.read_up_to(_PIECE_BYTES)
            status = decoder.push(piece)
            if not piece and status is not Status.DONE:
                raise FormatError("the patch ends before the new image is complete")
        reader.finish()


def _needs(payload: Source, base_size: int, new_size: int) -> DecoderNeeds:
    return DecoderNeeds.of(
        SourceReader(payload).peek(PEEK_BYTES),
        base_size=base_size,
        new_size=new_size,
        patch_size=payload.size,
    )
