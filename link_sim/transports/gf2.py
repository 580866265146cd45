"""Linear equations over GF(2): what coded fragments are, and how lost fragments come out of them.

An equation says that the XOR of the unknowns in `mask` (bit i for unknown i) is `value`. Masks and
values are Python integers of any size, so that adding two equations is one XOR of each.
"""


class EquationSystem:
    """Independent equations, kept in echelon form by their lowest unknown."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[int, int]] = {}

    @property
    def rank(self) -> int:
        """How many independent equations there are."""
        return len(self._rows)

    def add(self, mask: int, value: int = 0) -> bool:
        """Add an equation; return whether it says anything new."""
        while mask:
            lowest = mask & -mask
            row = self._rows.get(lowest)
            if row is None:
                self._rows[lowest] = (mask, value)
                return True
            mask ^= row[0]
            value ^= row[1]
        return False

    def substitute(self, unknown: int, value: int) -> None:
        """Say what one unknown is; equations that become redundant go."""
        rows, self._rows = list(self._rows.values()), {}
        for mask, total in rows:
            present = mask >> unknown & 1
            self.add(mask ^ (present << unknown), total ^ (value if present else 0))

    def solution(self) -> dict[int, int]:
        """Return the value of every unknown, by its number.

        Raises:
            ValueError: there are more unknowns than equations.
        """
        values: dict[int, int] = {}
        for lowest in sorted(self._rows, reverse=True):
            mask, value = self._rows[lowest]
            rest = mask ^ lowest
            while rest:
                bit = rest & -rest
                number = bit.bit_length() - 1
                if number not in values:
                    raise ValueError(f"nothing determines unknown {number}")
                value ^= values[number]
                rest ^= bit
            values[lowest.bit_length() - 1] = value
        return values
