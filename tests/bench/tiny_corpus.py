"""A folder laid out like a corpus, with pairs of random images."""

import hashlib
import json
import random
from pathlib import Path

IMAGE_BYTES = 600


def add_pair(corpus: Path, name: str, content: str = "code", **meta: str) -> Path:
    """Write one pair; further arguments go into `meta.json`."""
    folder = corpus / name
    folder.mkdir(parents=True)
    base = random.Random(name).randbytes(IMAGE_BYTES)
    new = base[:300] + b"one function more" + base[300:]
    (folder / "base.bin").write_bytes(base)
    (folder / "new.bin").write_bytes(new)
    description = {
        "arch": "arm-cortex-m4 (a part)",
        "content": content,
        "base_sha256": hashlib.sha256(base).hexdigest(),
        "new_sha256": hashlib.sha256(new).hexdigest(),
    }
    (folder / "meta.json").write_text(json.dumps(description | meta))
    return folder
