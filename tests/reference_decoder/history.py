"""What was decoded so far, as far as contexts are made of it. Section 9."""

from dataclasses import dataclass

from tests.reference_decoder.words import MASK32


@dataclass(slots=True)
class History:
    """All of it starts at 0."""

    last: int = 0
    """The last four bytes of the new image, the latest in bits 0-7."""
    misses: int = 0
    """One bit per byte inside segments: 1 for a miss."""
    run: int = 0
    """Hits since the last miss."""
    blocks: int = 0
    """One bit per block: 1 for dirty."""
    quiet: int = 0
    """Clean blocks since the last dirty one."""
    difference: int = 0
    """The last byte of a dirty block minus its base byte, 0 outside segments."""

    def append(self, byte: int) -> None:
        """Take a byte of the image."""
        self.last = (self.last << 8 | byte) & MASK32

    def last_byte(self, back: int) -> int:
        """Return the byte that many places before the next one, 1 to 4."""
        return self.last >> 8 * (back - 1) & 255

    def add_byte(self, *, is_hit: bool) -> None:
        """Take the outcome of a byte of a dirty block."""
        self.run = self.run + 1 if is_hit else 0
        self.misses = (self.misses << 1 | (not is_hit)) & MASK32

    def add_dirty_block(self) -> None:
        """Take a dirty flag."""
        self.blocks = (self.blocks << 1 | 1) & MASK32
        self.quiet = 0

    def add_clean_block(self, length: int) -> None:
        """Take a clean block."""
        self.blocks = self.blocks << 1 & MASK32
        self.quiet += 1
        self.run += length
        self.misses = self.misses << length & MASK32
