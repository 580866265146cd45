"""The bytes around a payload stay few, and the specification has what is printed."""

from dataclasses import replace
from pathlib import Path

import pytest
from manifest_size import element_rows, envelope_bytes, many_bases, one_base, table

SPEC = Path(__file__).parents[2] / "docs" / "SPEC.md"
LORA_LIMIT_BYTES = 300


@pytest.mark.parametrize("security_counter", [0, 23, 255, 65_535])
@pytest.mark.parametrize("payload_bytes", [200, 9_000, 65_535])
def test_a_patch_has_at_most_300_bytes_around_its_payload(
    security_counter: int, payload_bytes: int
) -> None:
    whole = one_base()
    payload = replace(whole.payload, size=payload_bytes)
    manifest = replace(whole, security_counter=security_counter, payload=payload)

    assert envelope_bytes(manifest) <= LORA_LIMIT_BYTES


def test_the_elements_of_an_envelope_add_up_to_it() -> None:
    *elements, (_, total) = element_rows()

    assert sum(size for _, size in elements) == total
    assert all(size > 0 for _, size in elements)


def test_another_base_costs_only_its_patch_s_description() -> None:
    sizes = [envelope_bytes(many_bases(count)) for count in (2, 3, 4)]

    assert sizes[1] - sizes[0] == sizes[2] - sizes[1] < envelope_bytes(one_base()) // 2


def test_the_specification_shows_the_printed_tables() -> None:
    assert table() in SPEC.read_text()
