"""The same small image written in every format, and single UF2 blocks."""

import zipfile
from io import BytesIO
from struct import Struct
from typing import Final

import bincopy

from tests.pipeline.images.tiny_elf import ElfWriter, TinySection, TinySymbol

LOAD_ADDRESS: Final = 0x0800_4000
IMAGE: Final = bytes(range(256)) * 3 + b"\x5a" * 132
"""900 bytes: no multiple of any block or record size."""

UF2_HEADER: Final = Struct("<8I")
FAMILY: Final = 0x5EE21072
FAMILY_ID_PRESENT: Final = 0x2000
UF2_BLOCK_PAYLOAD: Final = 256


def uf2_block(  # noqa: PLR0913 (the fields of the format)
    address: int,
    payload: bytes,
    number: int,
    count: int,
    *,
    flags: int = FAMILY_ID_PRESENT,
    family: int = FAMILY,
    tail: bytes = b"",
) -> bytes:
    header = UF2_HEADER.pack(
        0x0A324655, 0x9E5D5157, flags, address, len(payload), number, count, family
    )
    return header + (payload + tail).ljust(476, b"\0") + bytes.fromhex("306fb10a")


def uf2_file(image: bytes, address: int, payload_bytes: int = UF2_BLOCK_PAYLOAD) -> bytes:
    starts = range(0, len(image), payload_bytes)
    return b"".join(
        uf2_block(address + start, image[start : start + payload_bytes], number, len(starts))
        for number, start in enumerate(starts)
    )


def _records() -> bincopy.BinFile:
    file = bincopy.BinFile()
    file.add_binary(IMAGE, LOAD_ADDRESS)
    file.execution_start_address = LOAD_ADDRESS + 0x101
    return file


def elf_file() -> bytes:
    code, initialised = IMAGE[:800], IMAGE[800:]
    return ElfWriter().build(
        [
            TinySection(name=".text", address=LOAD_ADDRESS, data=code),
            TinySection(
                name=".data",
                address=0x2000_0000,
                load_address=LOAD_ADDRESS + len(code),
                data=initialised,
            ),
        ],
        [TinySymbol(name="Reset_Handler", value=LOAD_ADDRESS + 0x101, size=20)],
    )


def dfu_zip_file() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", '{"files": [{"file": "app.bin", "type": "app"}]}')
        archive.writestr("app.bin", IMAGE)
    return buffer.getvalue()


HEX_FILE: Final[bytes] = _records().as_ihex().encode()
SREC_FILE: Final[bytes] = _records().as_srec().encode()
UF2_FILE: Final = uf2_file(IMAGE, LOAD_ADDRESS)
ELF_FILE: Final = elf_file()

FILES: Final = {
    "image.bin": IMAGE,
    "image.hex": HEX_FILE,
    "image.srec": SREC_FILE,
    "image.uf2": UF2_FILE,
    "image.elf": ELF_FILE,
    "image.zip": dfu_zip_file(),
}
NAMES_WITHOUT_ADDRESS: Final = ("image.bin", "image.zip")
