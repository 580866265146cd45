"""`airdelta demo`: the first thing that anybody runs."""

import json

import pytest

from tests.system.workshop import run


def test_the_demo_tells_its_story_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("demo") == 0

    told = capsys.readouterr().out
    for step in (
        "1. Two releases of a sensor node's firmware",
        "2. Every engine builds a signed package",
        "eu868-dr3: airdelta-tiny",
        "3. The smallest that fits is signed and proved",
        "6. Over ",
    ):
        assert step in told
    assert told.count("device confirmed") == 3


def test_the_demo_as_json_holds_record_comparison_and_three_simulations(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("demo", "--json") == 0

    document = json.loads(capsys.readouterr().out)
    assert document["record"]["winner"]["engine"] == "airdelta-tiny"
    assert {"eu868-dr3", "ble-1m", "nbiot-ce0"} <= document["comparison"]["recommended"].keys()
    assert len(document["simulations"]) == 3
