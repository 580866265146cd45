"""One reader for all JSON: what two readers could understand differently is refused."""

import pytest

from pipeline.json_document import read_json


def test_a_document_is_read() -> None:
    assert read_json(b'{"a": [1, 2.5, "x", true, null]}') == {"a": [1, 2.5, "x", True, None]}


HOSTILE = {
    "deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of many digits": b"9" * 100_000,
    "not a number": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a name twice": b'{"limit": 1, "limit": 2}',
    "a name twice, deep inside": b'{"a": [{"b": 1, "b": 1}]}',
    "not UTF-8": b'{"a": "\xff"}',
    "half a document": b'{"a": ',
    "two documents": b"{} {}",
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_hostile_json_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(document)
