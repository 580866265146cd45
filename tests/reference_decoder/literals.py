"""Spelled out bytes: eight bits, each a mix of contexts. Section 9.3."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.reference_decoder.history import History
from tests.reference_decoder.match_model import MatchModel
from tests.reference_decoder.mixing import Mixer
from tests.reference_decoder.relocation.form import Kind
from tests.reference_decoder.tables import Group, Table
from tests.reference_decoder.words import scramble, slot

_KEY_STEP: Final = 0x3D4D_51CB
_NODE_FACTOR: Final = 0x297A_2D39
_MOST_PLAIN_BITS: Final = 12
"""Larger tables keep the counters of half a byte together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralContext:
    """What is known about a byte before it is spelled out."""

    position: int
    is_inside: bool = False
    """Inside a segment, so that there is a prediction."""
    expected: int = 0
    kind: int = 0
    place: int = 0
    base_before: int = 0
    base_byte: int = 0
    base_after: int = 0


class LiteralModel:
    """Decodes bytes, or is taught them."""

    def __init__(self, mixer: Mixer, group: Group, history: History, match: MatchModel) -> None:
        self._mixer = mixer
        self._group = group
        self.history = history
        self._match = match

    def decode(self, context: LiteralContext, seen: bytes | bytearray) -> int:
        """Decode a byte; `seen` is base image and new image so far."""
        return self._spell(
            context,
            seen,
            lambda numbers, weights, _: self._mixer.code(numbers, weights),
        )

    def teach(self, context: LiteralContext, seen: bytes | bytearray, byte: int) -> None:
        """Learn how a known byte is spelled."""

        def learn(numbers: list[int], weights: int, bit_number: int) -> int:
            bit = byte >> bit_number & 1
            self._mixer.teach(numbers, weights, bit)
            return bit

        self._spell(context, seen, learn)

    def _spell(
        self,
        context: LiteralContext,
        seen: bytes | bytearray,
        next_bit: Callable[[list[int], int, int], int],
    ) -> int:
        keys = self._keys(context, self._match.key(seen))
        tables = [
            (table, keys[table.context] + table.context * _KEY_STEP) for table in self._group.tables
        ]
        guess = self._match.guess(seen)
        node = 1
        rows: list[_Row] = []
        for bit in range(7, -1, -1):
            if bit in (7, 3):
                rows = [_row(table, key, node if bit == 3 else 0) for table, key in tables]
            known = (1 << (7 - bit & 3)) - 1
            place = known + 1 | node & known
            numbers = [
                start + slot(mix + node * _NODE_FACTOR, bits) if bits else start + (place ^ mix)
                for start, mix, bits in rows
            ]
            weight_set = self._weight_set(context, guess, node, bit)
            node = node << 1 | next_bit(numbers, self._group.weight_set(weight_set), bit)
        return node & 255

    def _keys(self, context: LiteralContext, match_key: int) -> list[int]:
        c1, c2, c3, c4 = (self.history.last_byte(back) for back in (1, 2, 3, 4))
        e, kind, inside = context.expected, context.kind, context.is_inside
        before, base, after = context.base_before, context.base_byte, context.base_after
        odd = context.position & 1
        return [
            e | kind << 8 | 1 << 12 if inside else match_key,
            c1 | odd << 8,
            c1 | c2 << 8,
            c1 | c2 << 8 | c3 << 16,
            e | c1 << 8 | 1 << 16 if inside else c2 | c3 << 8,
            before | base << 8 | after << 16,
            self.history.difference & 511 | base << 9 | inside << 17,
            c2 | odd << 8 | kind << 9,
            kind | context.place << 4 | inside << 6,
            e | after << 8 | 1 << 16 if inside else c4 | (context.position & 3) << 8,
        ]

    def _weight_set(self, context: LiteralContext, guess: int, node: int, bit: int) -> int:
        is_low = int(bit < 4)
        if context.is_inside:
            expected = 0
            if _agrees(node, context.expected, bit):
                expected = 1 + (context.expected >> bit & 1)
            return (expected * 4 + self._class(context)) * 2 + is_low
        trust = 0
        if self._match.length and _agrees(node, guess, bit):
            trust = 1 + min(self._match.length // 8, 2)
        return 24 + 2 * trust + is_low

    def _class(self, context: LiteralContext) -> int:
        if context.kind:
            return 3 if context.kind >= Kind.POINTER else 2
        return self.history.misses & 1


def _agrees(node: int, byte: int, bit: int) -> bool:
    """Whether the bits so far are those of `byte`."""
    return (byte | 256) >> (bit + 1) == node


_Row = tuple[int, int, int]
"""First counter; key and bits of a plain table, or in a large one what mixes the row and 0."""


def _row(table: Table, key: int, stem: int) -> _Row:
    """Return where the counters of half a byte are; `stem` is the node before the lower half."""
    if table.bits <= _MOST_PLAIN_BITS:
        return table.first, key, table.bits
    line = key + stem * _NODE_FACTOR
    return table.first + (slot(line, table.bits - 4) << 4), scramble(line) & 15, 0
