"""CBOR: our deterministic subset against cbor2 as oracle, and every way to deviate from it."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import FormatError
from device_apply.wire.cbor import CborReader, CborValue, MajorType, Tagged, encode, encode_head

scalars = (
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=20) | st.none()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.integers(-300, 300), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_encoding_equals_the_deterministic_encoding_of_cbor2(value: CborValue) -> None:
    decoded = cbor2.loads(encode(value))

    assert decoded == value
    # cbor2's canonical form sorts length-first (RFC 7049); keys of one length agree with RFC 8949
    if not isinstance(value, dict):
        return
    assert sorted(decoded) == sorted(value)


def test_map_keys_are_sorted_by_their_encoded_bytes() -> None:
    assert encode({25: 0, -1: 0, 3: 0}).hex() == "a303001819002000"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [(23, "17"), (24, "1818"), (255, "18ff"), (256, "190100"), (65536, "1a00010000")],
)
def test_heads_have_their_shortest_form(argument: int, expected: str) -> None:
    assert encode_head(MajorType.UNSIGNED, argument).hex() == expected


def test_an_argument_over_64_bits_cannot_be_encoded() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode_head(MajorType.UNSIGNED, 2**64)


@pytest.mark.parametrize("longer", ["1817", "190017", "1a00000017", "1b0000000000000017"])
def test_a_head_longer_than_needed_is_refused(longer: str) -> None:
    with pytest.raises(FormatError, match="shortest form"):
        CborReader(bytes.fromhex(longer), "test").integer()


@pytest.mark.parametrize("head", ["1c", "1f", "5f", "9f", "bf", "ff", "1d", "1e"])
def test_indefinite_and_reserved_heads_are_refused(head: str) -> None:
    with pytest.raises(FormatError, match="indefinite"):
        CborReader(bytes.fromhex(head) + bytes(16), "test").integer()


def test_every_item_can_be_read_back() -> None:
    data = encode(Tagged(107, [1, -2, b"3", "4", None, {5: 6}]))
    reader = CborReader(data, "test")

    reader.tag(107)
    reader.array(6)
    assert (reader.unsigned(9), reader.integer()) == (1, -2)
    assert (reader.byte_string(), reader.text(9)) == (b"3", "4")
    reader.null()
    reader.map(1)
    reader.literal(5, 6)
    reader.end()


@pytest.mark.parametrize("size", range(12))
def test_data_that_ends_too_early_is_refused_at_every_length(size: int) -> None:
    data = encode([b"0123456789"])[:size]
    reader = CborReader(data, "test")

    with pytest.raises(FormatError, match=r"test: .*ends too early"):  # noqa: PT012 (either step may be the one)
        reader.array(1)
        reader.byte_string()


def test_a_length_in_the_data_allocates_nothing() -> None:
    with pytest.raises(FormatError, match="too early"):
        CborReader(bytes.fromhex("5bffffffffffffffff"), "test").byte_string()


def test_deep_nesting_is_not_followed() -> None:
    reader = CborReader(b"\x81" * 100_000, "test")

    reader.array(1)
    with pytest.raises(FormatError, match="expected an integer"):
        reader.integer()


@pytest.mark.parametrize(
    ("data", "read", "message"),
    [
        (b"\x19\x01\x00", lambda r: r.unsigned(255), "over the limit of 255"),
        (b"\x43abc", lambda r: r.byte_string_header(2), "over the limit of 2"),
        (b"\x63abc", lambda r: r.text(2), "over the limit of 2"),
        (b"\x61\xff", lambda r: r.text(2), "not UTF-8"),
        (b"\x82", lambda r: r.array(3), "expected array 3, found 2"),
        (b"\xf5", lambda r: r.null(), "expected simple 22, found 21"),
        (b"\x01", lambda r: r.literal(2), "expected 2, found 1"),
        (b"\x01", lambda r: r.end(), "1 bytes too many"),
        (b"\x01", lambda r: r.text(3), "expected text, found unsigned"),
    ],
)
def test_every_mismatch_has_its_message(data: bytes, read: object, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(CborReader(data, "test"))  # type: ignore[operator] # a table of small functions
