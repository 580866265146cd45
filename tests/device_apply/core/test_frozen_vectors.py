"""Patches of format version 3, kept: a change of the format without a new version fails here."""

import hashlib
import json
from pathlib import Path

import pytest

from device_apply.core.decoder import decode

VECTORS = Path(__file__).parent / "vectors"
CASES = json.loads((VECTORS / "vectors.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["patch"] for case in CASES])
def test_a_kept_patch_still_decodes(case: dict[str, str | int]) -> None:
    base = (VECTORS / str(case["base"])).read_bytes()
    patch = (VECTORS / str(case["patch"])).read_bytes()

    assert hashlib.sha256(base).hexdigest() == case["base_sha256"]
    assert (
        hashlib.sha256(decode(patch, base, int(case["new_size"]))).hexdigest() == case["new_sha256"]
    )
