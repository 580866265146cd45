"""The same repository in an S3 bucket, spoken to over HTTP (moto's server)."""

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipeline.errors import InputError, Refused
from pipeline.repository.metadata import Session, read_state
from pipeline.repository.publishing import RootKeys, add_product, create_repository, publish
from pipeline.repository.store import Store
from tests.pipeline.repository.repository_bench import NOW, PRODUCT, Keys, package


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket="updates")
    yield "s3://updates/firmware"
    server.stop()


def test_a_bucket_holds_a_repository_as_a_folder_does(bucket: str) -> None:
    keys = Keys()
    session = Session(store=Store(bucket), online=keys.online, now=NOW)

    create_repository(session, RootKeys(signers=[keys.root], threshold=1), keys.targets)
    add_product(session, PRODUCT, keys.product, keys.targets)
    published = publish(session, PRODUCT, [package(keys)], keys.product)

    assert list(read_state(Store(bucket)).products[PRODUCT].signed.targets) == [published[0].name]
    assert Store(bucket).read(published[0].path) == package(keys).envelope_file


def test_a_name_in_a_bucket_is_written_once(bucket: str) -> None:
    store = Store(bucket)
    store.write_once("targets/one", b"first")
    store.write_once("targets/one", b"first")

    with pytest.raises(Refused, match="targets/one is there with other bytes"):
        store.write_once("targets/one", b"second")

    assert store.read("targets/one") == b"first"


def test_an_unknown_kind_of_store_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be opened as a store"):
        Store("gopher://example.com/updates")
