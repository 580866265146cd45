"""Counters, and bits predicted by a mix of them. Sections 4.1 and 4.3."""

from collections.abc import Sequence
from operator import mul
from typing import Final

from tests.reference_decoder.arithmetic import ArithmeticDecoder
from tests.reference_decoder.fixed_point import STRETCH, squash

RATES: Final = [round(256 / (observations + 1.6)) for observations in range(16)]
"""How fast a counter learns after so many observations; more than 15 are not counted."""
_CONSTANT_INPUT: Final = 256
_LEAST: Final = -32768
_MOST: Final = 32767


class Counters:
    """A pool of adaptive probabilities."""

    def __init__(self, probabilities: list[int], observations: list[int]) -> None:
        self.probabilities = probabilities
        self.observations = observations

    def code(self, decoder: ArithmeticDecoder, number: int) -> int:
        """Decode a bit with one counter."""
        bit = decoder.bit(self.probabilities[number])
        self.learn(number, bit)
        return bit

    def learn(self, number: int, bit: int) -> None:
        """Move one counter towards a bit."""
        probability, observations = self.probabilities[number], self.observations[number]
        goal = 65519 if bit else 16
        self.probabilities[number] = probability + ((goal - probability) * RATES[observations] >> 8)
        self.observations[number] = min(observations + 1, len(RATES) - 1)

    def inputs_of(self, numbers: Sequence[int]) -> list[int]:
        """Return the log-odds of counters."""
        return [STRETCH[self.probabilities[number]] for number in numbers]


class Mixer:
    """Sets of weights over a pool of counters."""

    def __init__(
        self,
        decoder: ArithmeticDecoder,
        counters: Counters,
        weights: list[int],
        learning_shift: int,
    ) -> None:
        self.decoder = decoder
        self.counters = counters
        self._weights = weights
        self._shift = learning_shift

    def code(self, numbers: Sequence[int], weight_set: int) -> int:
        """Decode a bit with the counters `numbers` and the weights from `weight_set` on."""
        inputs, probability = self._predict(numbers, weight_set)
        bit = self.decoder.bit(probability)
        self._learn_weights(inputs, weight_set, 65536 * bit - probability)
        for number in numbers:
            self.counters.learn(number, bit)
        return bit

    def teach(self, numbers: Sequence[int], weight_set: int, bit: int) -> None:
        """Learn a bit that is known."""
        inputs, probability = self._predict(numbers, weight_set)
        self._learn_weights(inputs, weight_set, 65536 * bit - probability)
        for number in numbers:
            self.counters.learn(number, bit)

    def _predict(self, numbers: Sequence[int], weight_set: int) -> tuple[list[int], int]:
        inputs = [*self.counters.inputs_of(numbers), _CONSTANT_INPUT]
        weights = self._weights[weight_set : weight_set + len(inputs)]
        return inputs, squash(sum(map(mul, weights, inputs)) >> 13)

    def _learn_weights(self, inputs: list[int], weight_set: int, error: int) -> None:
        end = weight_set + len(inputs)
        weights = [
            weight + (error * value >> self._shift)
            for weight, value in zip(self._weights[weight_set:end], inputs, strict=True)
        ]
        if max(weights) > _MOST or min(weights) < _LEAST:
            weights = [max(_LEAST, min(_MOST, weight)) for weight in weights]
        self._weights[weight_set:end] = weights
