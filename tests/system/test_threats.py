"""docs/THREATS.md names tests; they exist."""

import ast
import re

from docs.console_blocks import ROOT

THREATS = (ROOT / "docs" / "THREATS.md").read_text(encoding="utf-8")
ATTACKS = 50


def existing_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_every_test_that_the_threats_name_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", THREATS))

    assert len(named) > 50
    assert named - existing_tests() == set()


def test_each_numbered_attack_has_a_check_and_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \|(.+)\|$", THREATS, re.MULTILINE)

    assert [int(number) for number, _ in rows] == list(range(1, ATTACKS + 1))
    for number, row in rows:
        what, known_from, check, tests = (cell.strip() for cell in row.split(" | "))
        assert all((what, known_from, check)), number
        assert re.findall(r"`(test_\w+)`", tests), number
