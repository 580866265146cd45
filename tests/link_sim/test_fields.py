"""Strict reading of what comes from outside."""

from collections.abc import Callable

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields

Read = Callable[[Fields], object]


@pytest.mark.parametrize(
    ("values", "read", "expected"),
    [
        ({"k": "x"}, lambda f: f.text("k"), "x"),
        ({"k": 3}, lambda f: f.integer("k"), 3),
        ({"k": 3.0}, lambda f: f.integer("k"), 3),
        ({"k": 3}, lambda f: f.number("k"), 3.0),
        ({}, lambda f: f.number("k", default=1.5), 1.5),
        ({"k": None}, lambda f: f.integer("k", default=2), 2),
        ({"k": False}, lambda f: f.flag("k"), False),
        ({}, lambda f: f.flag("k", default=True), True),
        ({"k": ["a", "b"]}, lambda f: f.texts("k"), ("a", "b")),
        ({}, lambda f: f.texts("k"), ()),
        ({"k": [1, 2]}, lambda f: f.integers("k"), (1, 2)),
        ({"k": "b"}, lambda f: f.literal("k", "a", "b"), "b"),
    ],
)
def test_a_value_is_read_and_leaves_nothing_over(
    values: dict[str, object], read: Read, expected: object
) -> None:
    fields = Fields(values)

    assert read(fields) == expected
    fields.finish()


@pytest.mark.parametrize(
    ("values", "read", "message"),
    [
        ({}, lambda f: f.text("k"), "t.k: missing"),
        ({"k": ""}, lambda f: f.text("k"), "t.k: must be a non-empty string, not ''"),
        ({"k": "7"}, lambda f: f.integer("k"), "t.k: must be a whole number, not '7'"),
        ({"k": True}, lambda f: f.integer("k"), "t.k: must be a whole number, not True"),
        ({"k": 1.5}, lambda f: f.integer("k"), "t.k: must be a whole number, not 1.5"),
        ({"k": -1}, lambda f: f.integer("k"), "t.k: must be at least 0, not -1"),
        ({"k": 9}, lambda f: f.integer("k", maximum=8), "t.k: must be from 0 to 8, not 9"),
        ({"k": float("inf")}, lambda f: f.number("k"), "t.k: must be at least 0.0, not inf"),
        ({"k": float("nan")}, lambda f: f.number("k"), "t.k: must be at least 0.0, not nan"),
        ({"k": 1.1}, lambda f: f.number("k", maximum=1), "t.k: must be from 0.0 to 1, not 1.1"),
        ({"k": 1}, lambda f: f.flag("k"), "t.k: must be true or false, not 1"),
        ({"k": "c"}, lambda f: f.literal("k", "a"), "t.k: must be one of 'a', not 'c'"),
        ({"k": [1]}, lambda f: f.texts("k"), "t.k: must be a list of strings, not [1]"),
        ({"k": [-1]}, lambda f: f.integers("k"), "t.k: must be a list of whole numbers, not [-1]"),
        ({"k": 1}, lambda f: f.table("k"), "t.k: must be a table, not 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    values: dict[str, object], read: Read, message: str
) -> None:
    with pytest.raises(ImpossibleValueError) as caught:
        read(Fields(values, "t."))

    assert str(caught.value) == message


def test_what_nobody_read_was_misspelt() -> None:
    fields = Fields({"a": 1, "b": 2})
    fields.integer("a")

    with pytest.raises(ImpossibleValueError, match=r"^b: unknown key"):
        fields.finish()


def test_an_unknown_key_is_refused_even_if_it_is_null() -> None:
    with pytest.raises(ImpossibleValueError, match=r"^b: unknown key"):
        Fields({"b": None}).finish()
