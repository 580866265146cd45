"""Publishing: who may, what is written, and what an interruption leaves."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import EnvironmentProblem, InputError, Refused
from pipeline.repository.metadata import Session, read_state
from pipeline.repository.publishing import (
    RootKeys,
    add_product,
    create_repository,
    publish,
    renew,
    rotate_root,
)
from pipeline.repository.store import Store
from tests.pipeline.repository.repository_bench import (
    BASE,
    NOW,
    PRODUCT,
    Repository,
    ed25519_signer,
    make_repository,
    package,
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "repo")


def files(repository: Repository) -> dict[str, bytes]:
    found = (path for path in repository.folder.rglob("*") if path.is_file())
    return {str(path.relative_to(repository.folder)): path.read_bytes() for path in found}


def test_published_objects_have_their_digest_in_the_name(repository: Repository) -> None:
    keys = repository.keys
    delta, full = package(keys), package(keys, base=None)

    published = publish(repository.session(), PRODUCT, [delta, full], keys.product)

    digest = delta.head.manifest.base_digest
    assert digest is not None
    names = [f"{PRODUCT}/from-{digest.hex()}.suit", f"{PRODUCT}/full.suit"]
    assert [one.name for one in published] == names
    written = files(repository)
    for one, made in zip(published, (delta, full), strict=True):
        assert written[one.path] == made.envelope_file


def test_publishing_again_replaces_nothing_but_the_timestamp(repository: Repository) -> None:
    keys = repository.keys
    publish(repository.session(), PRODUCT, [package(keys)], keys.product)
    before = files(repository)

    again = publish(repository.session(1), PRODUCT, [package(keys)], keys.product)

    after = files(repository)
    changed = {name for name, data in before.items() if after[name] != data}
    assert changed == {"metadata/timestamp.json"}
    assert again[0].was_there


def test_a_detached_payload_is_published_beside_its_package(repository: Repository) -> None:
    made = package(repository.keys, uri="update.payload")

    published = publish(repository.session(), PRODUCT, [made], repository.keys.product)

    assert [one.name.rpartition("/")[2] for one in published][1:] == ["update.payload"]
    assert files(repository)[published[1].path] == made.payload


def test_two_packages_for_one_base_are_refused_before_anything_counts(
    repository: Repository,
) -> None:
    timestamp = files(repository)["metadata/timestamp.json"]
    two = [package(repository.keys), package(repository.keys, new=b"another")]

    with pytest.raises(InputError, match="for the same base image"):
        publish(repository.session(), PRODUCT, two, repository.keys.product)

    assert files(repository)["metadata/timestamp.json"] == timestamp


@pytest.mark.parametrize("role", ["product", "online"])
def test_another_key_than_the_repository_names_is_refused(
    repository: Repository, role: str
) -> None:
    other, keys = ed25519_signer(), repository.keys
    before = files(repository)["metadata/timestamp.json"]
    online = other if role == "online" else keys.online
    session = Session(store=Store(str(repository.folder)), online=online, now=NOW)
    product = other if role == "product" else keys.product

    with pytest.raises(Refused, match="not signed by the keys that the repository names"):
        publish(session, PRODUCT, [package(keys)], product)

    assert files(repository)["metadata/timestamp.json"] == before


def test_one_product_cannot_publish_another(repository: Repository) -> None:
    keys = repository.keys
    other = ed25519_signer()
    add_product(repository.session(), "gateway", other, keys.targets)

    with pytest.raises(Refused, match=PRODUCT):
        publish(repository.session(), PRODUCT, [package(keys)], other)
    with pytest.raises(Refused, match=r"'door' is not in the repository \(there: gateway, sensor"):
        publish(repository.session(), "door", [package(keys)], other)


def test_a_product_can_be_given_to_another_key(repository: Repository) -> None:
    keys, other = repository.keys, ed25519_signer()
    publish(repository.session(), PRODUCT, [package(keys)], keys.product)

    add_product(repository.session(), PRODUCT, other, keys.targets)

    with pytest.raises(Refused):
        publish(repository.session(), PRODUCT, [package(keys)], keys.product)
    publish(repository.session(), PRODUCT, [package(keys, base=None)], other)
    assert len(read_state(repository.session().store).products[PRODUCT].signed.targets) == 2


@pytest.mark.parametrize("name", ["", "Root", "root", "timestamp", "a/b", "..", "x" * 65])
def test_a_product_needs_a_usable_name(repository: Repository, name: str) -> None:
    keys = repository.keys
    with pytest.raises(InputError, match="--product"):
        add_product(repository.session(), name, keys.product, keys.targets)


def test_an_interrupted_publication_is_invisible_and_does_not_block_the_next(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = repository.keys
    before = files(repository)["metadata/timestamp.json"]

    def interrupted(store: Store, name: str, data: bytes) -> None:
        raise EnvironmentProblem(f"{store.location}: {name}: {len(data)} bytes: cable pulled")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "replace", interrupted)
        with pytest.raises(EnvironmentProblem):
            publish(repository.session(), PRODUCT, [package(keys)], keys.product)
    assert files(repository)["metadata/timestamp.json"] == before
    assert not read_state(repository.session().store).products[PRODUCT].signed.targets

    publish(repository.session(), PRODUCT, [package(keys, base=None)], keys.product)
    assert len(read_state(repository.session().store).products[PRODUCT].signed.targets) == 1


def test_renewing_moves_only_the_expiry_of_snapshot_and_timestamp(repository: Repository) -> None:
    state = read_state(repository.session().store)

    renew(repository.session(days_later=3))

    renewed = read_state(repository.session().store)
    assert renewed.timestamp.signed.expires == state.timestamp.signed.expires + timedelta(days=3)
    assert renewed.snapshot.signed.expires == state.snapshot.signed.expires + timedelta(days=3)
    assert renewed.targets.signed == state.targets.signed


def test_other_roles_are_renewed_by_their_own_keys(repository: Repository) -> None:
    keys = repository.keys
    state = read_state(repository.session().store)

    renew(repository.session(days_later=3), keys.targets, {PRODUCT: keys.product})

    renewed = read_state(repository.session().store)
    for before, after in (
        (state.targets, renewed.targets),
        (state.products[PRODUCT], renewed.products[PRODUCT]),
    ):
        assert after.signed.expires == before.signed.expires + timedelta(days=3)
        assert after.signed.targets == before.signed.targets
    with pytest.raises(Refused, match="targets: not signed"):
        renew(repository.session(), keys.online)


def test_a_root_with_a_threshold_needs_that_many_old_keys(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo", make_repository(tmp_path / "other").keys)
    first, second, third = (ed25519_signer() for _ in range(3))
    both = RootKeys(signers=[first, second], threshold=2)
    create_repository(repository.session(), both, repository.keys.targets)
    new = RootKeys(signers=[third], threshold=1)

    with pytest.raises(Refused, match="root: not signed"):
        rotate_root(repository.session(), RootKeys(signers=[first], threshold=1), new)

    assert rotate_root(repository.session(), both, new) == 2
    assert (
        json.loads((repository.folder / "metadata/2.root.json").read_text())["signed"]["version"]
        == 2
    )


def test_an_unreachable_threshold_is_refused() -> None:
    with pytest.raises(InputError, match="a threshold of 2 root keys cannot be met by 1"):
        RootKeys(signers=[ed25519_signer()], threshold=2)


def test_a_folder_without_a_repository_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="airdelta repository new"):
        read_state(Store(str(tmp_path)))


def test_a_repository_is_not_made_over_another(repository: Repository) -> None:
    keys = RootKeys(signers=[ed25519_signer()], threshold=1)
    with pytest.raises(Refused, match=r"1\.root\.json is there with other bytes"):
        create_repository(repository.session(), keys, repository.keys.targets)


@pytest.mark.parametrize("name", ["1.targets.json", "timestamp.json", "1.root.json"])
def test_a_damaged_file_is_refused_by_name(repository: Repository, name: str) -> None:
    state = read_state(repository.session().store)
    path = repository.folder / "metadata" / name.replace("1.t", f"{state.targets.signed.version}.t")
    forged = re.sub(rb'("expires": ?"20)\d', rb"\g<1>3", path.read_bytes())
    for damaged in (b"{}", b"no json", forged):
        path.write_bytes(damaged)
        with pytest.raises(Refused):
            read_state(repository.session().store)


def test_the_names_follow_the_base_image_alone(repository: Repository) -> None:
    keys = repository.keys
    first = publish(repository.session(), PRODUCT, [package(keys, BASE)], keys.product)
    second = publish(
        repository.session(), PRODUCT, [package(keys, BASE, new=b"newer")], keys.product
    )

    assert first[0].name == second[0].name
    assert first[0].path != second[0].path
    assert {first[0].path, second[0].path} <= files(repository).keys()
