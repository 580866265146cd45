"""Verifying HSS/LMS signatures (RFC 8554) of one level, with SHA-256 and 32 bytes of it.

Hash-based and stateful: nothing but SHA-256 has to hold, and every signature uses up one leaf of a
tree. This is the verifier alone; what signs, and keeps count, is `pipeline.keys.lms_key`.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import ClassVar, Final, Self

_HASH_BYTES: Final = 32
_IDENTIFIER_BYTES: Final = 16
_U32: Final = Struct(">I")
# RFC 8554, 3.1.3 and 5.1: what tells the uses of the hash apart.
_D_PUBLIC: Final = b"\x80\x80"
_D_MESSAGE: Final = b"\x81\x81"
_D_LEAF: Final = b"\x82\x82"
_D_NODE: Final = b"\x83\x83"

# SubjectPublicKeyInfo of id-alg-hss-lms-hashsig up to the key (RFC 9708, 4): one size, one form.
_SPKI_HEAD: Final = bytes.fromhex("304e300d060b2a864886f70d0109100311033d00")
_PEM_BEGIN: Final = b"-----BEGIN PUBLIC KEY-----"
_PEM_END: Final = b"-----END PUBLIC KEY-----"
_PEM_LINE_CHARS: Final = 64

_CHAINS: Final = {1: (1, 265, 7), 2: (2, 133, 6), 3: (4, 67, 4), 4: (8, 34, 0)}
"""By one-time type: Winternitz width, number of chains, left shift of the checksum (table 1)."""
_HEIGHTS: Final = {5: 5, 6: 10, 7: 15, 8: 20, 9: 25}
"""Height of the tree by type (table 2)."""


@dataclass(frozen=True, slots=True)
class HssLmsPublicKey:
    """The root of one tree, and the types of tree and one-time signatures."""

    tree_type: int
    one_time_type: int
    identifier: bytes
    root: bytes

    SIZE: ClassVar[int] = 4 + 4 + 4 + _IDENTIFIER_BYTES + _HASH_BYTES

    def to_bytes(self) -> bytes:
        """Encode as RFC 8554, 6.1; `from_bytes(k.to_bytes()) == k`."""
        types = _U32.pack(1) + _U32.pack(self.tree_type) + _U32.pack(self.one_time_type)
        return types + self.identifier + self.root

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode a public key of one level.

        Raises:
            ValueError: another size, number of levels or type.
        """
        if len(data) != cls.SIZE:
            raise ValueError(f"an HSS/LMS public key has {cls.SIZE} bytes")
        levels, tree_type, one_time_type = (_U32.unpack_from(data, at)[0] for at in (0, 4, 8))
        if levels != 1 or tree_type not in _HEIGHTS or one_time_type not in _CHAINS:
            raise ValueError("HSS/LMS: one level, SHA-256 with 32 bytes are supported")
        return cls(tree_type, one_time_type, data[12:28], data[28:])

    def to_pem(self) -> bytes:
        """Return a SubjectPublicKeyInfo in PEM; `from_pem(k.to_pem()) == k`."""
        text = base64.b64encode(_SPKI_HEAD + self.to_bytes()).decode("ascii")
        lines = [text[at : at + _PEM_LINE_CHARS] for at in range(0, len(text), _PEM_LINE_CHARS)]
        return b"\n".join([_PEM_BEGIN, *(line.encode() for line in lines), _PEM_END, b""])

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read what `to_pem` writes.

        Raises:
            ValueError: another kind of key, or no key.
        """
        _, begin, rest = pem.partition(_PEM_BEGIN)
        text, end, _ = rest.partition(_PEM_END)
        if not begin or not end:
            raise ValueError("no public key in PEM")
        der = base64.b64decode(b"".join(text.split()), validate=True)
        if not der.startswith(_SPKI_HEAD):
            raise ValueError("no HSS/LMS key")
        return cls.from_bytes(der.removeprefix(_SPKI_HEAD))

    @property
    def signature_bytes(self) -> int:
        """Bytes of every signature of this key."""
        _, chains, _ = _CHAINS[self.one_time_type]
        nodes = 1 + chains + _HEIGHTS[self.tree_type]
        return 4 + 4 + 4 + 4 + _HASH_BYTES * nodes

    def accepts(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made a signature over a message (RFC 8554, 6.3 and 5.4.2)."""
        if len(signature) != self.signature_bytes:
            return False
        reader = _Reader(signature)
        levels_below, leaf, one_time_type = reader.u32(), reader.u32(), reader.u32()
        height = _HEIGHTS[self.tree_type]
        if levels_below != 0 or one_time_type != self.one_time_type or leaf >> height:
            return False
        randomiser = reader.hash()
        _, chains, _ = _CHAINS[one_time_type]
        ends = [reader.hash() for _ in range(chains)]
        if reader.u32() != self.tree_type:
            return False
        path = [reader.hash() for _ in range(height)]
        prefix = self.identifier + _U32.pack(leaf)
        digits = one_time_digits(one_time_type, _sha(prefix, _D_MESSAGE, randomiser, message))
        one_time_key = self._one_time_key(prefix, digits, ends)
        return self._root_of(leaf + (1 << height), one_time_key, path) == self.root

    def _one_time_key(self, prefix: bytes, digits: list[int], ends: list[bytes]) -> bytes:
        width, _, _ = _CHAINS[self.one_time_type]
        finished = [
            chain(prefix, number, end, range(digit, (1 << width) - 1))
            for number, (digit, end) in enumerate(zip(digits, ends, strict=True))
        ]
        return one_time_public_key(prefix, finished)

    def _root_of(self, node: int, one_time_key: bytes, path: list[bytes]) -> bytes:
        value = leaf_hash(self.identifier, node, one_time_key)
        for sibling in path:
            left, right = (sibling, value) if node % 2 else (value, sibling)
            node //= 2
            value = node_hash(self.identifier, node, left, right)
        return value


def one_time_digits(one_time_type: int, digest: bytes) -> list[int]:
    """Return how far each chain of a one-time signature goes: digest and checksum (4.4, 4.5)."""
    width, chains, shift = _CHAINS[one_time_type]
    most = (1 << width) - 1
    digits = _digits(digest, width)
    checksum = sum(most - digit for digit in digits) << shift
    digits += _digits(checksum.to_bytes(2, "big"), width)
    return digits[:chains]


def chain(prefix: bytes, number: int, value: bytes, steps: range) -> bytes:
    """Return the value of a chain after these steps (4.5, 4.6)."""
    start = prefix + number.to_bytes(2, "big")
    for step in steps:
        value = hashlib.sha256(start + bytes([step]) + value).digest()
    return value


def one_time_public_key(prefix: bytes, ends: Sequence[bytes]) -> bytes:
    """Return the public key of a leaf from the ends of its chains (4.3)."""
    return _sha(prefix, _D_PUBLIC, *ends)


def leaf_hash(identifier: bytes, node: int, one_time_key: bytes) -> bytes:
    """Return a leaf of the tree (5.3)."""
    return _sha(identifier, _U32.pack(node), _D_LEAF, one_time_key)


def node_hash(identifier: bytes, node: int, left: bytes, right: bytes) -> bytes:
    """Return an inner node of the tree (5.3)."""
    return _sha(identifier, _U32.pack(node), _D_NODE, left, right)


class _Reader:
    """Takes a signature apart; its size was checked."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def u32(self) -> int:
        self._at += 4
        value: int = _U32.unpack_from(self._data, self._at - 4)[0]
        return value

    def hash(self) -> bytes:
        self._at += _HASH_BYTES
        return self._data[self._at - _HASH_BYTES : self._at]


def _digits(data: bytes, width: int) -> list[int]:
    mask = (1 << width) - 1
    return [byte >> shift & mask for byte in data for shift in range(8 - width, -1, -width)]


def _sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
