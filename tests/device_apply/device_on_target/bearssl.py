"""BearSSL's source, and what of it a check of ECDSA with P-256 takes."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

_FETCH = Path(__file__).parents[2] / "fetch_bearssl.sh"


@cache
def bearssl_folder() -> Path:
    """Return where the source is; it is fetched once. Where that cannot be, the test is skipped."""
    finished = subprocess.run(["/bin/sh", str(_FETCH)], check=False, capture_output=True, text=True)
    if finished.returncode != 0:
        pytest.skip(f"no source of BearSSL: {finished.stderr.strip()}")
    return Path(finished.stdout.strip())


def bearssl_sources() -> tuple[Path, ...]:
    """Return the C files; the linker leaves out what is not called."""
    source = bearssl_folder() / "src"
    curves = ("ec_secp256r1", "ec_secp384r1", "ec_secp521r1")
    check = ("ec_p256_m15", "ecdsa_i15_bits", "ecdsa_i15_vrfy_raw")
    return (
        *(source / "ec" / f"{name}.c" for name in (*curves, *check)),
        *sorted((source / "int").glob("i15_*.c")),
        source / "codec" / "ccopy.c",
    )


def bearssl_include_folders() -> tuple[Path, ...]:
    return (bearssl_folder() / "inc", bearssl_folder() / "src")
