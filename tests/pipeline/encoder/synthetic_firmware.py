"""Small made-up firmware: Thumb functions that call each other, with literal pools and tables.

Enough like the real thing that everything relocation does is exercised, and small enough to be
made anew in each test from a seed.
"""

import random
import struct
from dataclasses import dataclass

LOAD_ADDRESS = 0x0800_4000
RAM_ADDRESS = 0x2000_0000


@dataclass(frozen=True)
class Function:
    """A function: plain instructions, then calls, then a literal pool."""

    name: int
    plain: bytes
    calls: tuple[int, ...]
    variables: tuple[int, ...]

    @property
    def size(self) -> int:
        return (
            2
            + len(self.plain)
            + 4 * len(self.calls)
            + 2 * len(self.variables)
            + 2
            + self._padding
            + 4 * (len(self.variables) + 1)
        )

    @property
    def _padding(self) -> int:
        return -(2 + len(self.plain) + 4 * len(self.calls) + 2 * len(self.variables) + 2) % 4

    def to_bytes(self, at: int, addresses: dict[int, int], first_variable: int) -> bytes:
        """Assemble at offset `at`."""
        code = bytearray(struct.pack("<H", 0xB510) + self.plain)
        for call in self.calls:
            code += _bl(addresses[call] - (at + len(code) + 4))
        pool = 2 + len(self.plain) + 4 * len(self.calls) + 2 * len(self.variables) + 2
        pool += self._padding
        for index in range(len(self.variables)):
            here = (at + len(code) + 4) & ~3
            code += struct.pack("<H", 0x4900 | (at + pool + 4 * index - here) // 4)
        code += struct.pack("<H", 0xBD10) + bytes(self._padding)
        for variable in self.variables:
            code += struct.pack("<I", first_variable + 4 * variable)
        next_call = self.calls[0] if self.calls else self.name
        return bytes(code) + struct.pack("<I", LOAD_ADDRESS + addresses[next_call] + 1)


def _bl(offset: int) -> bytes:
    sign = offset < 0
    j1 = (offset >> 23 & 1) ^ 1 ^ sign
    j2 = (offset >> 22 & 1) ^ 1 ^ sign
    return struct.pack(
        "<HH",
        0xF000 | sign << 10 | offset >> 12 & 0x3FF,
        0xD000 | j1 << 13 | j2 << 11 | offset >> 1 & 0x7FF,
    )


def make_functions(seed: int, count: int) -> list[Function]:
    """Make up functions; the plain instructions are ADDS, MOVS, LDR and STR of low registers."""
    rng = random.Random(seed)
    return [
        Function(
            name,
            b"".join(
                struct.pack("<H", rng.choice((0x1800, 0x2000, 0x6800, 0x6000)) | rng.getrandbits(9))
                for _ in range(rng.randint(4, 60))
            ),
            tuple(rng.randrange(count) for _ in range(rng.randint(0, 6))),
            tuple(rng.randrange(200) for _ in range(rng.randint(0, 4))),
        )
        for name in range(count)
    ]


def link(functions: list[Function], *, first_variable: int = RAM_ADDRESS) -> bytes:
    """Lay the functions out behind a vector table and resolve every reference."""
    addresses: dict[int, int] = {}
    at = 64
    for function in functions:
        addresses[function.name] = at
        at += function.size
    vectors = [RAM_ADDRESS + 0x8000] + [
        LOAD_ADDRESS + addresses[function.name] + 1 for function in functions[:15]
    ]
    image = bytearray(struct.pack(f"<{len(vectors)}I", *vectors).ljust(64, b"\0"))
    for function in functions:
        image += function.to_bytes(addresses[function.name], addresses, first_variable)
    return bytes(image)


def feature_update(seed: int = 1, count: int = 120) -> tuple[bytes, bytes]:
    """Return two versions: the new one has two functions more and its variables moved."""
    functions = make_functions(seed, count)
    added = [
        Function(count + index, extra.plain, (index, 7), (3, 200 + index))
        for index, extra in enumerate(make_functions(seed + 1, 2))
    ]
    changed = functions[:20] + added[:1] + functions[20:70] + added[1:] + functions[70:]
    return link(functions), link(changed, first_variable=RAM_ADDRESS + 16)
