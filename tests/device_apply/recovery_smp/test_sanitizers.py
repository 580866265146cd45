"""Nothing that comes over the serial line makes the SMP server leave its memory."""

import subprocess
from pathlib import Path

from device_apply.core.device.native import INCLUDE_FOLDERS, SMP_SOURCES
from tests.device_apply.core_device.native_build import ROOT, run_tool

FLAGS = ("-std=c99", "-O1", "-g", "-fsanitize=undefined,address", "-fno-sanitize-recover")
ROUNDS = 20_000
BOUND = "if (item->number > cursor->left) return 0;"
"""That a string ends within the message, in `smp_cbor.c`."""


def build(folder: Path, left_out: str = "") -> Path:
    """Compile server and driver, without one line of the sources."""
    sources = []
    for source in SMP_SOURCES:
        text = (ROOT / source).read_text()
        sources.append(folder / source.name)
        sources[-1].write_text(text.replace(left_out, "") if left_out else text)
    program = folder / "hear_noise"
    includes = [f"-I{ROOT / folder}" for folder in INCLUDE_FOLDERS]
    driver = Path(__file__).with_name("hear_noise.c")
    run_tool(["gcc", *FLAGS, *includes, driver, *sources, "-o", program])
    return program


def test_damaged_requests_and_noise_are_answered_or_ignored(tmp_path: Path) -> None:
    answers = int(run_tool([build(tmp_path), str(ROUNDS)]).split()[0])

    assert ROUNDS // 2 < answers <= ROUNDS


def test_a_server_that_forgets_a_bound_is_found(tmp_path: Path) -> None:
    program = build(tmp_path, left_out=BOUND)
    finished = subprocess.run([program, str(ROUNDS)], check=False, capture_output=True, text=True)

    assert finished.returncode != 0
    assert "AddressSanitizer" in finished.stderr
