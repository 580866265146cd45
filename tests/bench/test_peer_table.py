from hashlib import sha256
from pathlib import Path

import pytest
from patch_bench.peer_table import PeerSize, read_peer_table

from pipeline.errors import InputError

HEAD = "pair,best_peer_bytes,best_peer,best_mcu_peer_bytes,best_mcu_peer,some_tool"


def table(folder: Path, *lines: str) -> Path:
    path = folder / "peers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_table_knows_the_best_peers_of_each_pair(tmp_path: Path) -> None:
    path = table(tmp_path, HEAD, 'one,12,"brotli, q11",34,tinyuz,99', "two,5,a,6,b,")

    peers = read_peer_table(path).pairs

    assert sorted(peers) == ["one", "two"]
    assert peers["one"].best == PeerSize(tool="brotli, q11", patch_bytes=12)
    assert peers["one"].best_mcu == PeerSize(tool="tinyuz", patch_bytes=34)
    assert peers["two"].best_mcu == PeerSize(tool="b", patch_bytes=6)


def test_a_table_is_identified_by_name_and_contents(tmp_path: Path) -> None:
    path = table(tmp_path, HEAD)

    read = read_peer_table(path)

    assert (read.name, read.sha256) == ("peers.csv", sha256(path.read_bytes()).hexdigest())


def test_names_of_peers_may_be_missing(tmp_path: Path) -> None:
    path = table(tmp_path, "best_mcu_peer_bytes,best_peer_bytes,pair", "34,12,one")

    assert read_peer_table(path).pairs["one"].best == PeerSize(tool="unnamed", patch_bytes=12)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "peers.csv"
    path.write_text(f"{HEAD}\none,1,a,2,b,3\n", encoding="utf-8-sig")

    assert list(read_peer_table(path).pairs) == ["one"]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["pair,best_peer_bytes"], "has no column called best_mcu_peer_bytes"),
        ([], "has no column called pair or best_peer_bytes or best_mcu_peer_bytes"),
        ([HEAD, "one,1,a,2,b,", "one,3,a,4,b,"], "line 3: 'one' is there twice"),
        ([HEAD, ",1,a,2,b,"], "line 2: names no pair"),
        ([HEAD, "one,,a,2,b,"], "line 2: best_peer_bytes is '', not a number of bytes"),
        ([HEAD, "one,1,a,2.5,b,"], r"line 2: best_mcu_peer_bytes is '2\.5'"),
        ([HEAD, "one,1"], "line 2: best_mcu_peer_bytes is ''"),
        ([HEAD, "one,0,a,2,b,"], "line 2: best_peer_bytes is '0'"),
        ([HEAD, "one,1_0,a,2,b,"], "line 2: best_peer_bytes is '1_0'"),
        ([HEAD, f"one,{'9' * 5000},a,2,b,"], "line 2: best_peer_bytes is '9999"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_line(
    tmp_path: Path, lines: list[str], complaint: str
) -> None:
    path = table(tmp_path, *lines)

    with pytest.raises(InputError, match=complaint) as caught:
        read_peer_table(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_table_must_be_text(tmp_path: Path) -> None:
    path = tmp_path / "peers.csv"
    for contents in (b"\xff\xfe\x00", b"pair,\x00\n"):
        path.write_bytes(contents)
        with pytest.raises(InputError, match=r"peers\.csv: is not a CSV file|has no column"):
            read_peer_table(path)
    path.unlink()
    with pytest.raises(InputError, match=r"peers\.csv: no such file"):
        read_peer_table(path)
