"""Reading packages from disk: integrated or detached, and never anything beside what is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from device_apply.errors import FormatError, Rejected
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, payload_identity
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from pipeline.errors import InputError
from pipeline.packaging.update_package import UpdatePackage, read_package, verify_package

PAYLOAD = b"not really compressed"
MANIFEST = Manifest(
    security_counter=0,
    class_id=bytes(16),
    new_image=SizedDigest.of(b"new"),
    base_digest=None,
    payload_format=PayloadFormat.FULL_LZMA,
    payload=payload_identity(PAYLOAD),
    payload_uri=INTEGRATED_PAYLOAD_URI,
)


class TrustsAll:
    """A verifier for tests that are not about signatures."""

    def verify(self, algorithm: CoseAlgorithm, signed_bytes: bytes, signature: bytes) -> None:
        """Accept."""


def package(payload_uri: str = INTEGRATED_PAYLOAD_URI) -> UpdatePackage:
    manifest = replace(MANIFEST, payload_uri=payload_uri)
    head = EnvelopeHead.sealed(manifest, CoseAlgorithm.ED25519, bytes(64))
    return UpdatePackage.sealed(head, PAYLOAD)


def test_an_integrated_package_survives_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.suit").write_bytes(package().envelope_file)

    assert read_package(tmp_path / "a.suit") == package()


def test_a_detached_package_survives_the_disk_and_costs_the_same_air(tmp_path: Path) -> None:
    detached = package("a.payload")
    (tmp_path / "a.suit").write_bytes(detached.envelope_file)
    (tmp_path / "a.payload").write_bytes(PAYLOAD)

    assert read_package(tmp_path / "a.suit") == detached
    assert detached.air_bytes == len(detached.envelope_file) + len(PAYLOAD)
    assert package().air_bytes == len(package().envelope_file)


def test_a_missing_detached_payload_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.suit").write_bytes(package("a.payload").envelope_file)

    with pytest.raises(InputError, match=r"a\.payload: no such file"):
        read_package(tmp_path / "a.suit")


@pytest.mark.parametrize(
    "uri", ["../secret", "/etc/passwd", "a/b", "a\\b", "..", ".", "https://example.com/p", "#q"]
)
def test_a_payload_uri_never_leads_out_of_the_folder(tmp_path: Path, uri: str) -> None:
    (tmp_path / "a.suit").write_bytes(package(uri).envelope_file)

    with pytest.raises(FormatError, match="not the name of a file beside"):
        read_package(tmp_path / "a.suit")


def test_another_payload_is_rejected_with_both_digests() -> None:
    other = replace(package(), payload=b"another")

    with pytest.raises(Rejected, match=f"{MANIFEST.payload.short}.*this is"):
        verify_package(other, TrustsAll())
    verify_package(package(), TrustsAll())
