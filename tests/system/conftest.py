"""What the tests of the whole product share, built once."""

import pytest

from tests.system.workshop import Workshop, make_workshop, run


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop with a built package. Tests write to their own `tmp_path`, never here."""
    workshop = make_workshop(tmp_path_factory.mktemp("shop"))
    inputs = ("--base", workshop.base, "--new", workshop.new, "--key", workshop.key)
    out = workshop.package.parent
    assert run("build", *inputs, "--out", out, "--security-counter", 5) == 0
    return workshop
