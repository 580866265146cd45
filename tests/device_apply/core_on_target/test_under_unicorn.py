"""The compiled decoder gives the right image on a Cortex-M with the announced memory alone."""

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from unicorn.unicorn_const import UC_HOOK_CODE

from device_apply.core.decoder import Status
from device_apply.core.needs import STACK_BYTES, TIER_RAM_BYTES
from tests.device_apply.core_on_target.cross_build import (
    ALL_TIERS_THUMB,
    TINY_THUMB,
    build_library,
)
from tests.device_apply.core_on_target.emulated_decoder import DeviceMemory, EmulatedDecoder
from tests.device_apply.cortex_m.instruction_counter import (
    InstructionCounter,
    thumb_instructions,
)
from tests.device_apply.cortex_m.processor import INBOX, StrayAccessError
from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, TargetLibrary, has_compiler

pytestmark = pytest.mark.skipif(
    not has_compiler(), reason=f"needs apt packages: {COMPILER_PACKAGES}"
)

VECTORS: Final = Path(__file__).parents[1] / "core" / "vectors"
CASES: Final = {
    case["patch"].removesuffix(".patch"): case
    for case in json.loads((VECTORS / "vectors.json").read_text())
}
TINY: Final = [name for name in CASES if name.startswith("cm3") and name.endswith("-tiny")]
STANDARD: Final = [name for name in CASES if name.startswith("cm3") and name.endswith("-standard")]
WITH_MAP_IN_SCRATCH: Final = "cm3-1.0.0-to-cm3-1.1.0-tiny"
CPUS: Final = ("cortex-m0plus", "cortex-m4")
BEGINNING_BYTES: Final = 400
"""Enough of a patch to reach the image behind the segment map."""
DAMAGED_PATCHES: Final = 3
CALLBACK_BYTES: Final = 64
"""Stack for the caller's frame and small callbacks, which the announced stack covers as well."""


@pytest.fixture(scope="module", params=CPUS)
def cpu(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def library(cpu: str, tmp_path_factory: pytest.TempPathFactory) -> TargetLibrary:
    return build_library(tmp_path_factory.mktemp(cpu), cpu=cpu, defines=TINY_THUMB)


@pytest.fixture(scope="module")
def all_tiers(cpu: str, tmp_path_factory: pytest.TempPathFactory) -> TargetLibrary:
    return build_library(tmp_path_factory.mktemp(cpu), cpu=cpu, defines=ALL_TIERS_THUMB)


class Update:
    """A frozen patch with what belongs to it."""

    def __init__(self, name: str) -> None:
        case = CASES[name]
        self.patch = (VECTORS / f"{name}.patch").read_bytes()
        self.base = (VECTORS / case["base"]).read_bytes()
        self.new_size: int = case["new_size"]
        self.new_sha256: str = case["new_sha256"]

    @property
    def memory(self) -> DeviceMemory:
        return DeviceMemory.announced_for(
            self.patch, base_size=len(self.base), new_size=self.new_size
        )

    def device(
        self, library: TargetLibrary, cpu: str, memory: DeviceMemory | None = None
    ) -> EmulatedDecoder:
        return EmulatedDecoder(library, cpu=cpu, base=self.base, memory=memory or self.memory)


@pytest.mark.parametrize("name", TINY)
def test_the_tiny_tier_decodes_in_exactly_the_announced_memory(
    name: str, cpu: str, library: TargetLibrary
) -> None:
    update = Update(name)
    memory = update.memory

    decoded = update.device(library, cpu).decode(update.patch, update.new_size)

    assert decoded.status is Status.DONE
    assert hashlib.sha256(decoded.new).hexdigest() == update.new_sha256
    assert memory.state_bytes + memory.stack_bytes <= TIER_RAM_BYTES[1]
    assert 0 < decoded.peak_stack_bytes + CALLBACK_BYTES <= STACK_BYTES


@pytest.mark.parametrize("name", STANDARD)
def test_the_standard_tier_decodes_in_exactly_the_announced_memory(
    name: str, cpu: str, all_tiers: TargetLibrary
) -> None:
    update = Update(name)
    memory = update.memory

    decoded = update.device(all_tiers, cpu).decode(update.patch, update.new_size)

    assert decoded.status is Status.DONE
    assert hashlib.sha256(decoded.new).hexdigest() == update.new_sha256
    assert memory.state_bytes + memory.stack_bytes <= TIER_RAM_BYTES[2]
    assert 0 < decoded.peak_stack_bytes + CALLBACK_BYTES <= STACK_BYTES


def test_a_state_saved_after_every_piece_survives_the_loss_of_all_ram(
    cpu: str, library: TargetLibrary
) -> None:
    update = Update(WITH_MAP_IN_SCRATCH)

    decoded = update.device(library, cpu).decode(
        update.patch, update.new_size, piece_bytes=200, resets_between_pieces=True
    )

    assert hashlib.sha256(decoded.new).hexdigest() == update.new_sha256


def test_memory_without_room_for_the_map_and_no_scratch_is_refused_before_the_first_byte(
    cpu: str, library: TargetLibrary
) -> None:
    update = Update(WITH_MAP_IN_SCRATCH)
    memory = replace(update.memory, scratch_bytes=0)

    decoded = update.device(library, cpu, memory).decode(update.patch, update.new_size)

    assert decoded.status is Status.NO_MEMORY
    assert decoded.new == b""


def test_a_patch_for_an_architecture_that_was_left_out_is_refused(
    cpu: str, library: TargetLibrary
) -> None:
    update = Update("rv32-1.0.0-to-rv32-1.1.0-tiny")

    decoded = update.device(library, cpu).decode(update.patch, update.new_size)

    assert decoded.status is Status.UNSUPPORTED


def test_damaged_patches_stay_in_the_announced_memory(cpu: str, library: TargetLibrary) -> None:
    update = Update(WITH_MAP_IN_SCRATCH)
    chance = random.Random(2)
    verdicts = set()
    for _ in range(DAMAGED_PATCHES):
        damaged = bytearray(update.patch)
        damaged[chance.randrange(3, len(damaged))] ^= 1 << chance.randrange(8)
        device = update.device(library, cpu)
        decoded = device.decode(bytes(damaged), update.new_size)
        verdicts.add(decoded.status)
        assert hashlib.sha256(decoded.new).hexdigest() != update.new_sha256

    assert Status.BAD_FORMAT in verdicts


def test_a_stack_that_is_too_small_is_noticed(cpu: str, library: TargetLibrary) -> None:
    update = Update(WITH_MAP_IN_SCRATCH)
    enough = update.device(library, cpu).decode(update.patch, update.new_size)
    memory = replace(update.memory, stack_bytes=enough.peak_stack_bytes // 8 * 8 - 16)

    with pytest.raises(StrayAccessError, match=r"airdelta_step: 4 bytes at 0x1fff"):
        update.device(library, cpu, memory).decode(update.patch, update.new_size)


def test_an_access_behind_the_announced_ram_is_noticed(cpu: str, library: TargetLibrary) -> None:
    update = Update("cm3-1.0.0-to-cm3-1.0.1-tiny")
    device = update.device(library, cpu)
    device.decode(update.patch, update.new_size)
    processor = device.processor
    behind = processor.data_address + processor.data_bytes

    with pytest.raises(StrayAccessError, match=f"4 bytes at {behind:#010x}"):
        processor.call("airdelta_feed", processor.data_address, INBOX, 0, behind)


def test_the_sum_over_blocks_is_what_counting_every_instruction_gives(tmp_path: Path) -> None:
    """On a Cortex-M0+, which has no IT blocks: unicorn does not show what they skip."""
    library = build_library(tmp_path, cpu="cortex-m0plus")
    update = Update(WITH_MAP_IN_SCRATCH)
    device = update.device(library, "cortex-m0plus")
    counter = InstructionCounter(device.processor.emulator, library)
    addresses: list[int] = []
    device.processor.emulator.hook_add(
        UC_HOOK_CODE,
        lambda _emulator, address, _size, _data: addresses.append(address),
        begin=library.load_address,
        end=library.load_address + len(library.code) - 1,
    )
    device.decode(update.patch[:BEGINNING_BYTES], update.new_size)

    assert counter.total() == len(addresses) > 10_000


def test_wide_and_narrow_instructions_are_told_apart() -> None:
    push, wide_branch, return_ = b"\x10\xb5", b"\x00\xf0\x00\xf8", b"\x10\xbd"

    assert thumb_instructions(push + wide_branch + return_) == 3
