"""How numbers are written for people."""

import pytest

from pipeline.wording import bytes_text, duration_text, memory_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (0.84, "840ms"),
        (1, "1.0s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (599, "9m59s"),
        (3599.4, "59m59s"),
        (3599.6, "1h00m"),
        (86_399, "1d00h"),
        (90_000, "1d01h"),
        (1e6, "11d14h"),
    ],
)
def test_a_duration_never_shows_sixty_of_its_smaller_unit(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0"), (1023, "1023"), (1024, "1.0K"), (2452, "2.4K"), (8406588, "8.0M")]
)
def test_memory_is_short(size: int, text: str) -> None:
    assert memory_text(size) == text


def test_sizes_are_exact() -> None:
    assert bytes_text(1234567) == "1,234,567"
