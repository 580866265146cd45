"""The planner's benchmark runs, and its second plan is the first one from the cache."""

import json
from pathlib import Path

import pytest
from planning import main

from tests.system.workshop import edited


def test_it_times_a_plan_cold_and_cached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = bytes(range(256)) * 20
    (tmp_path / "pair").mkdir()
    (tmp_path / "pair" / "base.bin").write_bytes(image)
    (tmp_path / "pair" / "new.bin").write_bytes(edited(image, seed=1))
    table = tmp_path / "times.json"

    main([str(tmp_path), "pair", "--devices", "20", "--json", str(table)])
    (row,) = json.loads(table.read_text(encoding="utf-8"))
    assert row["cold_strategies"] >= 3 * 12
    assert 0 < row["cached_processor_s"] < row["cold_processor_s"]
    assert "| pair | 5,1" in capsys.readouterr().out
