"""Adaptive integers. Section 4.4."""

from typing import Final

from tests.reference_decoder.arithmetic import ArithmeticDecoder
from tests.reference_decoder.mixing import Counters

COUNTERS: Final = 128
"""Counters that one kind of integer takes."""
_MOST_BITS: Final = 30
_EVEN_ODDS: Final = 32768


def read_integer(decoder: ArithmeticDecoder, counters: Counters, first: int) -> int:
    """Decode an integer with the counters from number `first` on."""
    bits = 0
    while bits < _MOST_BITS and counters.code(decoder, first + bits):
        bits += 1
    value = 1
    for done in range(bits):
        if done < 2:
            number = first + 32 + 4 * min(bits, 23) + (value & 3)
            bit = counters.code(decoder, number)
        else:
            bit = decoder.bit(_EVEN_ODDS)
        value = value << 1 | bit
    return value - 1
