"""The update that is tortured: a package for a device, and the device on its bench.

The package is signed with a key of its own, which only this bench trusts.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.appliers.airdelta import patch_behind_plan
from device_apply.appliers.sources import BytesSource
from device_apply.core.device.bench import DEFAULT_WORK_BYTES, Bench, BenchSetup
from device_apply.core.device.status import Status
from device_apply.core.device.sweep import Sweep, SweptUpdate
from device_apply.core.needs import PEEK_BYTES, DecoderNeeds
from device_apply.flash_model.native import Native
from device_apply.profile import DeviceProfile, LayoutKind
from device_apply.simulator.simulated_device import MAX_FRAGMENT_BYTES
from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import Candidate
from pipeline.errors import Refused
from pipeline.images.firmware_image import FirmwareImage
from pipeline.keys.signer import LocalSigner
from pipeline.packaging.build import BuildRequest, choose_chunks_for, rate_candidates, seal
from pipeline.packaging.chunk_choice import chunk_hashes
from pipeline.packaging.selection import AUTO, select
from pipeline.torture.compact_layout import compact_layout

_PATCH_ENGINES: Final = ("airdelta-tiny", "airdelta-standard")
"""What the library decodes by itself; other formats would be decoded by Python in every boot."""
_FULL_ENGINE: Final = "full"
_BASE_COUNTER: Final = 1
_NEW_COUNTER: Final = 2
_SIGNER: Final = LocalSigner(
    Ed25519PrivateKey.from_private_bytes(sha256(b"airdelta torture").digest())
)
"""Always the same key, so that the same inputs make the same case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """Everything that a worker needs to run cases."""

    setup: BenchSetup
    update: SweptUpdate
    base_slot: int
    device: str
    engine: str

    @property
    def layout(self) -> LayoutKind:
        """How the new image gets to where it runs."""
        return self.setup.layout.kind

    def bench(self, native: Native | None = None) -> Bench:
        """Put the device on the bench; `native` stands in for the library that is installed.

        Raises:
            Refused: the bench cannot be provisioned.
        """
        bench = Bench(self.setup, native)
        status = bench.provision(self.base_slot, self.update.base, self.update.base_counter)
        if status is not Status.OK:
            raise Refused(f"torture: the base image cannot be provisioned: {status.name.lower()}")
        bench.trust(self.update.head, TrustAnchors([PublicKey(_SIGNER.key.public_key())]))
        return bench

    def sweep(self, native: Native | None = None) -> Sweep:
        """Make the sweep of the update on such a bench.

        Raises:
            Refused: the bench cannot be provisioned.
        """
        return Sweep(self.bench(native), self.update)


def make_victim(
    base: FirmwareImage,
    new: FirmwareImage,
    profile: DeviceProfile,
    executor: Executor,
    layout: LayoutKind | None = None,
) -> Victim:
    """Build the smallest update that the library decodes alone; `layout` derives another layout.

    Raises:
        pipeline.errors.InputError: the images make no update, or the layout cannot be derived.
        Refused: nothing fits the device.
    """
    if layout is not None:
        largest_bytes = max(base.size, new.size)
        profile = compact_layout(profile, layout, largest_bytes, MAX_FRAGMENT_BYTES)
    if not 0 < base.size <= profile.slot_bytes:
        raise Refused(
            f"{base.name}: {base.size} bytes, but a slot of device {profile.name!r} holds "
            f"{profile.slot_bytes}"
        )
    request = BuildRequest(base=base, new=new, profile=profile, security_counter=_NEW_COUNTER)
    in_place = profile.layout.kind is LayoutKind.IN_PLACE
    engines = _PATCH_ENGINES if in_place else (*_PATCH_ENGINES, _FULL_ENGINE)
    rated, _ = rate_candidates(request, executor, engines=engines)
    candidate = select(rated, AUTO, profile).winner.candidate
    chunks = None
    if profile.checkpoint_bank_bytes > 0:
        chunks = chunk_hashes(candidate.payload, choose_chunks_for(request, candidate))
    package = seal(request, candidate, _SIGNER, chunks)
    slot = package.head.manifest.slot
    return Victim(
        setup=BenchSetup.of(profile, work_bytes=_work_bytes(candidate, base, new)),
        update=SweptUpdate(
            head=package.head_bytes,
            payload=package.payload,
            base=base.data,
            new_image=new.data,
            base_counter=_BASE_COUNTER,
            new_counter=_NEW_COUNTER,
            fragment_bytes=MAX_FRAGMENT_BYTES,
        ),
        base_slot=0 if slot is None else 1 - slot,
        device=profile.name,
        engine=candidate.engine,
    )


def _work_bytes(candidate: Candidate, base: FirmwareImage, new: FirmwareImage) -> int:
    if candidate.payload_format is not PayloadFormat.AIRDELTA:
        return DEFAULT_WORK_BYTES
    patch = patch_behind_plan(BytesSource(candidate.payload))
    needs = DecoderNeeds.of(
        patch.read(0, min(patch.size, PEEK_BYTES)),
        base_size=base.size,
        new_size=new.size,
        patch_size=patch.size,
    )
    return max(DEFAULT_WORK_BYTES, needs.host_memory_bytes)
