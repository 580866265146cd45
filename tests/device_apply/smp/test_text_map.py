"""SMP bodies: our encoding, and what other encoders send."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import FormatError
from device_apply.smp.text_map import decode_map, encode_map

VALUES = st.none() | st.booleans() | st.integers(0, 2**64 - 1) | st.binary(max_size=300) | st.text()
MAPS = st.dictionaries(st.text(), VALUES, max_size=16)


@given(MAPS)
def test_what_is_encoded_decodes_to_the_same(pairs: dict[str, int | bytes | str | None]) -> None:
    assert decode_map(encode_map(pairs)) == pairs


@given(MAPS)
def test_another_implementation_writes_the_same_bytes(pairs: dict[str, bytes]) -> None:
    assert encode_map(pairs) == cbor2.dumps(pairs)


def test_a_map_whose_end_is_marked_is_read() -> None:
    assert decode_map(b"\xbf\x63off\x00\x64data\x41x\xff") == {"off": 0, "data": b"x"}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_map_or_a_format_error(data: bytes) -> None:
    try:
        decoded = decode_map(data)
    except FormatError:
        return

    assert decode_map(encode_map(decoded)) == decoded


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "ends too early"),
        (b"\x80", "no map"),
        (b"\xa1\x01\x01", "no key"),
        (b"\xa2\x61a\x01\x61a\x02", "comes twice"),
        (b"\xa1\x61a\x82\x01\x02", "array"),
        (b"\xa1\x61a\x5f", "indefinite"),
        (b"\xa0\x00", "too many"),
        (b"\xa1\x61\xff\x01", "UTF-8"),
        (b"\xba\xff\xff\xff\xff", "ends too early"),
    ],
)
def test_what_is_no_map_of_values_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        decode_map(data)
