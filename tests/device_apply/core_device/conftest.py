"""The compiled device library for the tests of this folder."""

import pytest

from device_apply.flash_model.native import Native
from tests.device_apply.core_device.native_build import shipped


@pytest.fixture(scope="session")
def native() -> Native:
    return shipped()
