"""What the architectures have in common: fields, bit patterns, displacements. Section 8.

An instruction is an int: a halfword, or a word as its architecture reads it. A *form* says how the
bits of an instruction hold its target.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Protocol

from tests.reference_decoder.words import MASK32, bit_field, sign_extend


@unique
class Kind(IntEnum):
    """Numbers of the format: contexts are made of them."""

    NONE = 0
    CALL = 1
    FAR_JUMP = 2
    FAR_BRANCH = 3
    NEAR_BRANCH = 4
    NEAR_JUMP = 5
    COMPARE_BRANCH = 6
    LITERAL = 7
    FAR_LITERAL = 8
    ADDRESS = 9
    UPPER = 10
    LOWER = 11
    POINTER = 12
    RAM_POINTER = 13


class Form(Protocol):
    """How an instruction holds its target."""

    def write(self, word: int, address: int, target: int) -> int:
        """Return the instruction, rewritten to refer to `target` from `address`."""
        ...

    def read(self, word: int, address: int) -> int | None:
        """Return what the instruction contributes to its target; None if it cannot be read back."""
        ...


@dataclass(frozen=True, slots=True)
class Field:
    """One instruction, or one aligned word, that refers to a target."""

    kind: Kind
    length: int
    target: int
    form: Form
    is_spelled: bool = False
    """Whether it holds an address by value, which may as well be a number."""


class Code(Protocol):
    """The base image around an instruction; offsets count from it and may be negative."""

    def half(self, at: int) -> int:
        """Return the halfword at an offset."""
        ...

    def word(self, at: int) -> int:
        """Return the word at an offset."""
        ...


class Architecture(Protocol):
    """How one instruction set refers to addresses."""

    @property
    def alignment(self) -> int:
        """The smallest distance between instructions."""
        ...

    @property
    def has_halves_first(self) -> bool:
        """Whether four bytes are two halfwords, the first of them the upper one."""
        ...

    def find(self, code: Code, address: int) -> Field | int:
        """Decode the instruction at offset 0: a field, or the length of one that is none."""
        ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """Instructions that have `value` under `mask`."""

    mask: int
    value: int

    def __contains__(self, word: int) -> bool:
        return word & self.mask == self.value


@dataclass(frozen=True, slots=True)
class Places:
    """Where an instruction holds a value: (lowest bit here, lowest bit of the value, count)."""

    runs: tuple[tuple[int, int, int], ...]

    def gather(self, word: int) -> int:
        """Read the value."""
        return sum(bit_field(word, at, count) << low for at, low, count in self.runs)

    def scatter(self, word: int, value: int) -> int:
        """Replace the value."""
        for at, low, count in self.runs:
            word &= ~(((1 << count) - 1) << at)
            word |= bit_field(value, low, count) << at
        return word


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A displacement from the instruction's own address."""

    kind: Kind
    length: int
    pattern: Pattern
    unless: Pattern | None = None
    """Instructions of the pattern that are something else."""
    places: Places
    signed_bits: int = 0
    """The displacement's size with sign; 0: it has none."""
    origin: Callable[[int], int]
    """What the displacement counts from, given the instruction's address."""
    readable: Pattern | None = None
    """What can be read back; None: nothing."""

    def matches(self, word: int) -> bool:
        """Whether the instruction has this form."""
        return word in self.pattern and (self.unless is None or word not in self.unless)

    def target_of(self, word: int, address: int) -> int:
        """Return the address referred to."""
        displacement = self.places.gather(word)
        if self.signed_bits:
            displacement = sign_extend(displacement, self.signed_bits)
        return (self.origin(address) + displacement) & MASK32

    def field(self, word: int, address: int) -> Field:
        """Return the instruction as a field."""
        return Field(self.kind, self.length, self.target_of(word, address), self)

    def write(self, word: int, address: int, target: int) -> int:
        """Rewrite the displacement."""
        return self.places.scatter(word, (target - self.origin(address)) & MASK32)

    def read(self, word: int, address: int) -> int | None:
        """Return the target, of the forms worth learning."""
        if self.readable is None or word not in self.readable:
            return None
        return self.target_of(word, address)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMagnitude:
    """A literal load whose displacement is a distance and a bit that says upwards."""

    pattern: Pattern
    places: Places
    up_bit: int
    origin: Callable[[int], int]

    def matches(self, word: int) -> bool:
        """Whether the instruction has this form."""
        return word in self.pattern

    def field(self, word: int, address: int) -> Field:
        """Return the instruction as a field."""
        distance = self.places.gather(word)
        displacement = distance if word >> self.up_bit & 1 else -distance
        return Field(Kind.LITERAL, 4, (self.origin(address) + displacement) & MASK32, self)

    def write(self, word: int, address: int, target: int) -> int:
        """Rewrite distance and direction; the sign is bit 31 of the displacement."""
        displacement = sign_extend(target - self.origin(address), 32)
        word = self.places.scatter(word, abs(displacement))
        return word & ~(1 << self.up_bit) | (displacement >= 0) << self.up_bit

    def read(self, word: int, address: int) -> int | None:  # noqa: ARG002 (Form)
        """Say that it is near: not worth learning."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One part of an address that is held by value."""

    kind: Kind
    length: int
    places: Places
    shift: int = 0
    """The part starts at this bit of the address."""
    bias: int = 0
    """What the field's target has more than the parts say."""
    readable: Pattern

    def write(self, word: int, address: int, target: int) -> int:  # noqa: ARG002 (Form)
        """Replace this part of the address."""
        return self.places.scatter(word, (target - self.bias & MASK32) >> self.shift)

    def read(self, word: int, address: int) -> int | None:  # noqa: ARG002 (Form)
        """Return this part of the address."""
        if word not in self.readable:
            return None
        return (self.places.gather(word) << self.shift) + self.bias

    def field(self, target: int) -> Field:
        """Return the instruction as a field with the whole target."""
        return Field(self.kind, self.length, target & MASK32, self, is_spelled=True)


class PointerForm:
    """An aligned word that is its target."""

    def write(self, word: int, address: int, target: int) -> int:  # noqa: ARG002 (Form)
        """Return the new target."""
        return target

    def read(self, word: int, address: int) -> int | None:  # noqa: ARG002 (Form)
        """Return the target."""
        return word


def first_match(
    forms: tuple[Relative | SignedMagnitude, ...], word: int, address: int
) -> Field | None:
    """Return the instruction as a field of the first form that it has."""
    for form in forms:
        if form.matches(word):
            return form.field(word, address)
    return None
