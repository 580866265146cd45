"""The bytes of the new image: blocks, hits, misses, literals. Section 9."""

from typing import Final

from tests.reference_decoder.arithmetic import ArithmeticDecoder
from tests.reference_decoder.base_image import BaseImage
from tests.reference_decoder.flags import (
    BlockOutlook,
    BytePlace,
    clean_keys,
    hit_keys,
    hit_weight_set,
    numbers_of,
)
from tests.reference_decoder.header import Header
from tests.reference_decoder.history import History
from tests.reference_decoder.learning import LearnedTargets
from tests.reference_decoder.literals import LiteralContext, LiteralModel
from tests.reference_decoder.match_model import MatchModel
from tests.reference_decoder.mixing import Mixer
from tests.reference_decoder.prediction import Piece, Predictor
from tests.reference_decoder.segment_map import Segment, SegmentMap
from tests.reference_decoder.starting_values import tier_counters, tier_weights
from tests.reference_decoder.tables import TIERS, Places

_BLOCK_BYTES: Final = 64
"""What a clean flag speaks for, up to the end of a piece."""


class ImageDecoder:
    """Decodes the new image in ascending order."""

    def __init__(
        self, header: Header, base: bytes, segments: SegmentMap, decoder: ArithmeticDecoder
    ) -> None:
        tier = TIERS[header.mode]
        self._header = header
        self._decoder = decoder
        self._segments = segments
        self._base = BaseImage(base)
        self._seen = bytearray(base)
        self._places = Places.of(tier)
        self._mixer = Mixer(
            decoder, tier_counters(header.mode), tier_weights(header.mode), tier.learning_shift
        )
        self._history = History()
        self._match = MatchModel(tier.match_bits)
        self._literals = LiteralModel(
            self._mixer, self._places.literals, self._history, self._match
        )
        learned = LearnedTargets(tier.remembered_bits, tier.shift_steps)
        self._predictor = Predictor(header, self._base, segments, learned)

    @property
    def _position(self) -> int:
        return len(self._seen) - self._base.size

    def decode(self, new_bytes: int) -> bytes:
        """Return the new image."""
        if self._header.learns_base:
            self._learn_base()
        for segment in self._segments.segments:
            self._insert_until(segment.new_start)
            self._decode_segment(segment)
        self._insert_until(new_bytes)
        return bytes(self._seen[self._base.size :])

    def _learn_base(self) -> None:
        for position in range(self._base.size):
            byte = self._base.at(position)
            self._literals.teach(LiteralContext(position=position), self._seen, byte)
            self._history.append(byte)
            self._match.advance(self._seen, position + 1, self._history.last)
        self._history = self._literals.history = History()

    def _insert_until(self, end: int) -> None:
        while self._position < end:
            self._history.difference = 0
            byte = self._literals.decode(LiteralContext(position=self._position), self._seen)
            self._append(byte)
            self._decoder.end_unit()

    def _append(self, byte: int) -> None:
        self._seen.append(byte)
        self._history.append(byte)
        self._match.advance(self._seen, len(self._seen), self._history.last)

    def _decode_segment(self, segment: Segment) -> None:
        self._history.run = 0
        self._predictor.begin(segment)
        while self._position < segment.new_end:
            limit = min(self._position + _BLOCK_BYTES, segment.new_end)
            end = self._take_clean_block(limit)
            self._decode_dirty_block(segment, end)

    def _take_clean_block(self, limit: int) -> int:
        """Decode the flag of a block that reaches up to `limit` or behind; return its end.

        If it is clean, take over what was predicted.
        """
        predicted, outlook = self._predict_until(limit)
        end = self._position + len(predicted)
        weight_set = self._places.clean.weight_set(min(outlook.doubtful, 3))
        numbers = numbers_of(self._places.clean, clean_keys(outlook, self._history))
        is_clean = self._mixer.code(numbers, weight_set)
        if is_clean:
            self._history.add_clean_block(len(predicted))
            for byte in predicted:
                self._append(byte)
        else:
            self._history.add_dirty_block()
        self._decoder.end_unit()
        return end

    def _predict_until(self, limit: int) -> tuple[bytes, BlockOutlook]:
        outlook = BlockOutlook()
        predicted = bytearray()
        while self._position + len(predicted) < limit:
            piece = self._predictor.piece_at(self._position + len(predicted))
            outlook.add(piece)
            predicted += piece.predicted
        return bytes(predicted), outlook

    def _decode_dirty_block(self, segment: Segment, end: int) -> None:
        has_missed = False
        while self._position < end:
            piece = self._predictor.piece_at(self._position)
            has_missed = self._decode_piece(piece, segment, has_missed=has_missed)
            self._predictor.learn(piece)
            self._decoder.end_unit()

    def _decode_piece(self, piece: Piece, segment: Segment, *, has_missed: bool) -> bool:
        """Decode a piece of a dirty block; return whether the block had a miss by then."""
        is_raw = False
        for _ in range(piece.length):
            place = self._byte_place(piece, segment, is_raw=is_raw, has_missed=has_missed)
            numbers = numbers_of(self._places.hits, hit_keys(place, self._history))
            weight_set = self._places.hits.weight_set(hit_weight_set(place, self._history))
            is_hit = bool(self._mixer.code(numbers, weight_set))
            byte = place.expected
            if not is_hit:
                has_missed = True
                self._history.run = 0
                byte, is_raw = self._decode_missed(place, is_raw=is_raw)
            self._history.add_byte(is_hit=is_hit)
            self._history.difference = byte - place.base_byte
            piece.actual.append(byte)
            self._append(byte)
        return has_missed

    def _byte_place(
        self, piece: Piece, segment: Segment, *, is_raw: bool, has_missed: bool
    ) -> BytePlace:
        position = self._position
        in_segment = position - segment.new_start
        base_position = segment.base_start + in_segment
        base_byte = self._base.at(base_position)
        return BytePlace(
            piece=piece,
            position=position,
            expected=base_byte if is_raw else piece.predicted[position - piece.start],
            base_before=self._base.at(base_position - 1),
            base_byte=base_byte,
            base_after=self._base.at(base_position + 1),
            in_segment=in_segment,
            segment_left=segment.length - in_segment,
            has_block_missed=has_missed,
        )

    def _decode_missed(self, place: BytePlace, *, is_raw: bool) -> tuple[int, bool]:
        """Return a byte that is not as expected, and whether the piece is as in the base."""
        if place.expected != place.base_byte:
            number = self._places.first_raw + 4 * place.piece.kind + place.in_piece
            if self._mixer.counters.code(self._decoder, number):
                return place.base_byte, True
        context = LiteralContext(
            position=place.position,
            is_inside=True,
            expected=place.expected,
            kind=place.piece.kind,
            place=place.in_piece,
            base_before=place.base_before,
            base_byte=place.base_byte,
            base_after=place.base_after,
        )
        return self._literals.decode(context, self._seen), is_raw
