"""A bare-metal program with the decoder in it runs on an emulated board and says the right CRC."""

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from device_apply.core.needs import STACK_BYTES
from tests.device_apply.core_on_target.cross_build import TARGET, with_decoder
from tests.device_apply.core_on_target.emulated_decoder import DeviceMemory
from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, has_compiler, link

EMULATOR = "qemu-system-arm"
VECTORS = Path(__file__).parents[1] / "core" / "vectors"
BASE = VECTORS / "sensor-node-cm3-1.0.0.bin"
NEW = VECTORS / "sensor-node-cm3-1.1.0.bin"
PATCH = VECTORS / "cm3-1.0.0-to-cm3-1.1.0-tiny.patch"
LIMIT_S = 10

pytestmark = [
    pytest.mark.skipif(not has_compiler(), reason=f"needs apt packages: {COMPILER_PACKAGES}"),
    pytest.mark.skipif(shutil.which(EMULATOR) is None, reason=f"needs apt package: {EMULATOR}"),
]


def test_a_bare_metal_program_decodes_a_patch_to_the_right_crc(tmp_path: Path) -> None:
    new = NEW.read_bytes()
    memory = DeviceMemory.announced_for(
        PATCH.read_bytes(), base_size=BASE.stat().st_size, new_size=len(new)
    )
    program = tmp_path / "decode.elf"
    parts = with_decoder(
        "mps2_an385.ld",
        sources=(TARGET / "qemu_main.c",),
        defines=(
            "AIRDELTA_THUMB_ONLY",
            "AIRDELTA_TINY_ONLY",
            f'BASE_FILE="{BASE}"',
            f'PATCH_FILE="{PATCH}"',
            f"NEW_BYTES={len(new)}",
            f"STATE_BYTES={memory.state_bytes}",
            f"SCRATCH_BYTES={memory.scratch_bytes}",
        ),
    )
    link(program, parts, cpu="cortex-m3")

    finished = subprocess.run(
        [
            str(shutil.which(EMULATOR)),
            *("-machine", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "stdio"),
            *("-semihosting-config", "enable=on,target=native", "-kernel", str(program)),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
    )

    said = re.fullmatch(
        r"status 0, (\d+) bytes, crc32 ([0-9a-f]{8}), stack (\d+) bytes\n", finished.stdout
    )
    assert said is not None, finished.stdout + finished.stderr
    assert int(said[1]) == len(new)
    assert int(said[2], 16) == zlib.crc32(new)
    assert 0 < int(said[3]) <= STACK_BYTES, "the decoder with its caller and small callbacks"
    assert finished.returncode == 0
