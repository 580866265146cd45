"""SMP uploads: CBOR widths, and frames filled as far as they go."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError
from link_sim.transports.smp import (
    HEADER_BYTES,
    FirstRequestFields,
    cbor_head_bytes,
    upload_overhead_bytes,
    upload_requests,
)

edges = st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32])


@given(st.one_of(edges, st.integers(0, 2**40)))
def test_an_unsigned_integer_is_as_wide_as_a_cbor_library_makes_it(value: int) -> None:
    assert cbor_head_bytes(value) == len(cbor2.dumps(value))


@given(st.one_of(edges, st.integers(0, 2**24)), st.integers(0, 3000))
def test_a_request_is_as_long_as_its_cbor_map_and_a_header(offset: int, data_bytes: int) -> None:
    request = cbor2.dumps({"off": offset, "data": bytes(data_bytes)})

    overhead = upload_overhead_bytes(offset, data_bytes)

    assert overhead + data_bytes == HEADER_BYTES + len(request)


@given(image_bytes=st.integers(1, 2**20), data_bytes=st.integers(0, 300), with_sha=st.booleans())
def test_a_first_request_also_says_what_is_coming(
    *, image_bytes: int, data_bytes: int, with_sha: bool
) -> None:
    fields = {"off": 0, "data": bytes(data_bytes), "image": 0, "len": image_bytes}
    fields |= {"sha": bytes(32)} if with_sha else {}
    request = cbor2.dumps({**fields, "upgrade": False})
    first = FirstRequestFields(image_bytes=image_bytes, with_sha=with_sha)

    overhead = upload_overhead_bytes(0, data_bytes, first)

    assert overhead + data_bytes == HEADER_BYTES + len(request)


@given(st.integers(1, 20_000), st.integers(110, 2600))
def test_an_upload_carries_the_image_and_fills_every_frame_but_the_last(
    image_bytes: int, max_frame_bytes: int
) -> None:
    requests = upload_requests(image_bytes, max_frame_bytes, with_sha=True)

    assert max(requests) <= max_frame_bytes
    # At the lengths where CBOR needs another byte a frame can stay one byte short.
    assert all(size >= max_frame_bytes - 1 for size in requests[:-1])
    assert image_bytes < sum(requests)


def test_a_frame_without_room_for_data_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match=r"^max_smp_frame: 80 bytes leave no room"):
        upload_requests(1000, 80, with_sha=True)
