"""Writes images/PROVENANCE.json: what the committed images were made of, by what, and how.

Run by `make images`. Everything comes from the build itself: the pinned packages, the flags that
`image.mk` used, the header inside each image, and the linker maps for what the C library and the
compiler's runtime contributed.
"""

import argparse
import hashlib
import json
import re
import struct
from pathlib import Path

IMAGE_HEADER_OFFSET = 0x100
IMAGE_HEADER = struct.Struct("<4sII")  # board/image_header.h: magic, link address, size

LIBRARIES = {
    "libc_nano.a": {
        "library": "newlib (nano)",
        "package": "libnewlib-arm-none-eabi",
        "licences": ["BSD-3-Clause", "BSD-4-Clause-UC without its advertising clause"],
    },
    "libc.a": {
        "library": "picolibc",
        "package": "picolibc-riscv64-unknown-elf",
        "licences": ["BSD-3-Clause", "BSD-2-Clause"],
    },
    "libgcc.a": {
        "library": "libgcc",
        "package": "gcc-arm-none-eabi, gcc-riscv64-unknown-elf",
        "licences": ["GPL-3.0-or-later WITH GCC-exception-3.1"],
    },
}

_ARCHIVE_MEMBER = re.compile(r"/(lib\w+\.a)\(([^)]+)\)")


def describe_image(name: str, out: Path, images: Path) -> dict[str, object]:
    """Describe one image by its header, its flags and the digests of its three files."""
    data = (images / f"{name}.bin").read_bytes()
    magic, link_address, image_bytes = IMAGE_HEADER.unpack_from(data, IMAGE_HEADER_OFFSET)
    if magic != b"SNH1" or image_bytes != len(data):
        raise SystemExit(f"{name}.bin: no image header, or one that disagrees with the file's size")
    compile_flags, link_flags = (out / f"{name}.flags").read_text(encoding="utf-8").splitlines()
    return {
        "link_address": f"{link_address:#010x}",
        "image_bytes": image_bytes,
        "sha256": {
            suffix: hashlib.sha256((images / f"{name}.{suffix}").read_bytes()).hexdigest()
            for suffix in ("bin", "elf", "hex")
        },
        "compile_flags": compile_flags,
        "link_flags": link_flags,
    }


def linked_members(names: list[str], out: Path) -> dict[str, list[str]]:
    """Collect, from the linker maps, which members of which libraries any image contains."""
    members: dict[str, set[str]] = {archive: set() for archive in LIBRARIES}
    for name in names:
        for archive, member in _ARCHIVE_MEMBER.findall((out / f"{name}.map").read_text()):
            members[archive].add(member)
    return {archive: sorted(found) for archive, found in members.items()}


def main() -> None:
    """Write PROVENANCE.json beside the images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where the build left its files")
    parser.add_argument("--images", type=Path, required=True, help="the folder of the images")
    parser.add_argument("names", nargs="+", help="names of images, without a suffix")
    options = parser.parse_args()

    pinned = Path(__file__).parent.parent / "toolchain.txt"
    packages = (line.split() for line in pinned.read_text(encoding="utf-8").splitlines())
    members = linked_members(options.names, options.out)
    provenance = {
        "source": "source/, licence Apache-2.0",
        "debian_packages": dict(packages),
        "third_party_notices": "THIRD_PARTY_NOTICES.md",
        "linked_libraries": [
            {**about, "members": members[archive]} for archive, about in LIBRARIES.items()
        ],
        "images": {
            name: describe_image(name, options.out, options.images) for name in options.names
        },
    }
    text = json.dumps(provenance, indent=2) + "\n"
    (options.images / "PROVENANCE.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
