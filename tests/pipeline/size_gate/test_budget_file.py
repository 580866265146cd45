"""The budget file: what it says is understood, and what it misspells is refused."""

from datetime import date

import pytest

from pipeline.errors import InputError
from pipeline.size_gate import budget_file
from pipeline.size_gate.budget_file import parse_budget_file
from pipeline.size_gate.budgets import Limits, Measure

BUDGET = '[[size.budget]]\nmeasure = "image"\nmax_bytes = 1\n'


def test_the_example_in_the_module_s_docstring_is_read() -> None:
    assert budget_file.__doc__ is not None
    example = "\n".join(line.strip() for line in budget_file.__doc__.splitlines()[2:])

    read = parse_budget_file(example, "airdelta.toml")

    (budget,) = read.plan.budgets
    assert (budget.name, budget.measure, budget.link) == (
        "update over LoRaWAN",
        Measure.DELIVERY,
        "eu868-dr3",
    )
    assert budget.limits == Limits(maximum=3600, growth_percent=5.0)
    assert example.splitlines()[budget.line - 1] == "[[size.budget]]"
    assert read.plan.overrides[0].expires == date(2027, 1, 31)


def test_releases_are_a_folder_or_paths_by_version() -> None:
    folder = parse_budget_file('[size]\nreleases = "old"\n' + BUDGET, "b.toml")
    table = parse_budget_file('[size.releases]\n"1.0" = "old/1.elf"\n' + BUDGET, "b.toml")

    assert folder.releases == "old"
    assert table.releases == {"1.0": "old/1.elf"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[size", "not valid TOML"),
        ("", "no [size] table"),
        ("[size]", "a gate without a budget passes all"),
        ("[size]\nbudget = 1", "with two brackets"),
        ("[size]\nnewer = 'x'\n" + BUDGET, "newer: unknown"),
        ("[size]\nnew = 1\n" + BUDGET, "new: give a text"),
        ('[[size.budget]]\nmeasure = "flash"', "known are image, full-image"),
        ('[[size.budget]]\nmeasure = "image"', "sets no limit"),
        ('[[size.budget]]\nmeasure = "image"\nmax_s = 1', "max_s: unknown"),
        ('[[size.budget]]\nmeasure = "image"\nmax_bytes = -1', "not negative"),
        ('[[size.budget]]\nmeasure = "image"\nmax_bytes = true', "not negative"),
        ('[[size.budget]]\nmeasure = "image"\nmax_bytes = nan', "not negative"),
        ('[[size.budget]]\nmeasure = "delivery"\nmax_s = 1', "a link belongs to"),
        ('[[size.budget]]\nmeasure = "image"\nrelease = "1"\nmax_bytes = 1', "does not depend"),
        (BUDGET + BUDGET, "is called 'image' too"),
        (BUDGET + '[[size.override]]\nbudget = "b"', "no budget is called 'b'"),
        (BUDGET + '[[size.override]]\nbudget = "image"\nexpires = "soon"', "give a date"),
        (
            BUDGET + '[[size.override]]\nbudget = "image"\nexpires = 2027-01-01\nmax_bytes = 2',
            "reason: is missing",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError, match=r"^budgets\.toml: ") as refused:
        parse_budget_file(text, "budgets.toml")

    assert said in str(refused.value)
