"""An event loop whose clock jumps."""

import asyncio

import pytest

from link_sim.ble.virtual_time import NothingWillHappenError, run_in_virtual_time


def test_waiting_takes_simulated_time_only() -> None:
    async def wait() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(wait()) == pytest.approx(86_400)


def test_tasks_wake_in_the_order_of_their_timers() -> None:
    woken: list[str] = []

    async def sleeper(name: str, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        woken.append(name)

    async def main() -> None:
        await asyncio.gather(sleeper("late", 3), sleeper("early", 1), sleeper("middle", 2))

    run_in_virtual_time(main())

    assert woken == ["early", "middle", "late"]


def test_waiting_for_what_never_happens_is_an_error_and_no_hang() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NothingWillHappenError):
        run_in_virtual_time(main())
