from pathlib import Path

import pytest
from patch_bench.corpus import read_corpora

from pipeline.errors import InputError
from tests.bench.tiny_corpus import add_pair

ALL = ("*",)


def test_pairs_of_all_folders_come_sorted_by_name(tmp_path: Path) -> None:
    add_pair(tmp_path / "one", "zebra")
    add_pair(tmp_path / "two", "ant", content="compressed", arch="avr")
    (tmp_path / "one" / "README.md").write_text("not a pair")

    ant, zebra = read_corpora([tmp_path / "one", tmp_path / "two"], ALL)

    assert (ant.name, ant.content, ant.architecture) == ("ant", "compressed", "avr")
    assert (zebra.name, zebra.content) == ("zebra", "code")
    assert zebra.base == (tmp_path / "one/zebra/base.bin").read_bytes()
    assert zebra.new == (tmp_path / "one/zebra/new.bin").read_bytes()


def test_globs_choose_pairs(tmp_path: Path) -> None:
    for name in ("a-1", "a-2", "b-1"):
        add_pair(tmp_path, name)

    assert [pair.name for pair in read_corpora([tmp_path], ("b*", "*-2"))] == ["a-2", "b-1"]


def test_elf_files_count_only_together(tmp_path: Path) -> None:
    folder = add_pair(tmp_path, "pair")
    (folder / "base.elf").write_bytes(b"\x7fELF")
    (pair,) = read_corpora([tmp_path], ALL)
    assert pair.elf_files is None

    (folder / "new.elf").write_bytes(b"\x7fELF")

    assert pair.elf_files == (folder / "base.elf", folder / "new.elf")


def test_a_name_may_be_there_once_only(tmp_path: Path) -> None:
    add_pair(tmp_path / "one", "same")
    add_pair(tmp_path / "two", "same")

    with pytest.raises(InputError, match=r"two/same: .*one/same has the same name"):
        read_corpora([tmp_path / "one", tmp_path / "two"], ALL)


def test_an_image_must_be_the_one_that_is_described(tmp_path: Path) -> None:
    folder = add_pair(tmp_path, "pair")
    (folder / "new.bin").write_bytes(b"another")

    with pytest.raises(InputError, match=r"new\.bin: is not the file that .*meta\.json describes"):
        read_corpora([tmp_path], ALL)


@pytest.mark.parametrize(
    ("file", "contents", "complaint"),
    [
        ("meta.json", b"{", r"meta\.json: is not JSON"),
        ("meta.json", b"\xff\xfe\xfd", r"meta\.json: is not JSON"),
        ("meta.json", b"[]", r"meta\.json: is not a JSON object"),
        ("meta.json", b"{}", r"meta\.json: has no text called content"),
        ("meta.json", b'{"content": 1}', r"meta\.json: has no text called content"),
        ("base.bin", b"", r"base\.bin: is empty"),
    ],
)
def test_a_damaged_pair_is_named(
    tmp_path: Path, file: str, contents: bytes, complaint: str
) -> None:
    (add_pair(tmp_path, "pair") / file).write_bytes(contents)

    with pytest.raises(InputError, match=complaint):
        read_corpora([tmp_path], ALL)


@pytest.mark.parametrize("file", ["meta.json", "base.bin"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    (add_pair(tmp_path, "pair") / file).unlink()

    with pytest.raises(InputError, match=f"{file}: no such file"):
        read_corpora([tmp_path], ALL)


def test_a_folder_without_pairs_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no pairs"):
        read_corpora([tmp_path], ALL)
    with pytest.raises(InputError, match="no such folder"):
        read_corpora([tmp_path / "nowhere"], ALL)
    add_pair(tmp_path, "pair")
    with pytest.raises(InputError, match=r"no pair is called x\* or y"):
        read_corpora([tmp_path], ("x*", "y"))
