"""The processors that the tests of this folder emulate, and where their programs are built."""

from pathlib import Path

import pytest

from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, has_compiler


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all, so that the library is compiled once for each processor."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module", params=("cortex-m0plus", "cortex-m4"))
def cpu(request: pytest.FixtureRequest) -> str:
    if not has_compiler():
        pytest.skip(f"needs apt packages: {COMPILER_PACKAGES}")
    return str(request.param)
