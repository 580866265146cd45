"""Manifest and envelope: exact bytes, their laws, and that nothing else is accepted."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cwt import COSE, COSEKey, VerifyError
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import FormatError
from device_apply.trust import PublicKey
from device_apply.wire.cbor import CborReader, encode
from device_apply.wire.cose import CoseAlgorithm, sig_structure, sign1_from_bytes, sign1_to_bytes
from device_apply.wire.delivery import payload_identity, shortened
from device_apply.wire.envelope import (
    MAX_HEAD_BYTES,
    EnvelopeHead,
    signed_bytes,
    split_package,
)
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest, suit_digest

VENDOR = vendor_id("airdelta.example")
CLASS = class_id(VENDOR, "sensor-node")
NEW = SizedDigest.of(b"the new image")
BASE = SizedDigest.of(b"the base image")
PAYLOAD = b"a patch"

DELTA = Manifest(
    security_counter=7,
    class_id=CLASS,
    new_image=NEW,
    base_digest=BASE.digest,
    payload_format=PayloadFormat.BSDIFF4,
    payload=payload_identity(PAYLOAD),
    payload_uri="#",
)
FULL = replace(
    DELTA,
    base_digest=None,
    payload_format=PayloadFormat.FULL,
    payload=shortened(NEW),
    payload_uri="new.bin",
)

sizes = st.integers(0, 2**32 - 1)
digests = st.binary(min_size=32, max_size=32)
sized_digests = st.builds(SizedDigest, digests, sizes)
identifiers = st.binary(min_size=16, max_size=16)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    payload_format = draw(st.sampled_from(PayloadFormat))
    new = draw(sized_digests)
    is_plain = payload_format is PayloadFormat.FULL
    return Manifest(
        security_counter=draw(sizes),
        class_id=draw(identifiers),
        new_image=new,
        base_digest=draw(digests) if payload_format.needs_base else None,
        payload_format=payload_format,
        payload=shortened(new) if is_plain else shortened(draw(sized_digests)),
        payload_uri=draw(
            st.just("#")
            | st.text(
                st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60
            )
        ),
        slot=draw(st.sampled_from([None, 0, 1])),
    )


def seal(manifest: Manifest, algorithm: CoseAlgorithm = CoseAlgorithm.ED25519) -> EnvelopeHead:
    signature = bytes(n % 256 for n in range(algorithm.signature_bytes or 1456))
    return EnvelopeHead.sealed(manifest, algorithm, signature)


@given(manifests())
def test_a_manifest_survives_the_round_trip(manifest: Manifest) -> None:
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest


@given(manifests(), st.sampled_from(CoseAlgorithm))
def test_a_head_survives_the_round_trip(manifest: Manifest, algorithm: CoseAlgorithm) -> None:
    head = seal(manifest, algorithm)

    assert EnvelopeHead.from_bytes(head.to_bytes()) == head


@given(manifests(), st.data())
def test_a_manifest_with_one_changed_byte_is_another_manifest_or_refused(
    manifest: Manifest, data: st.DataObject
) -> None:
    encoded = bytearray(manifest.to_bytes())
    position = data.draw(st.integers(0, len(encoded) - 1))
    encoded[position] ^= data.draw(st.integers(1, 255))

    try:
        decoded = Manifest.from_bytes(bytes(encoded))
    except FormatError:
        return
    assert decoded != manifest
    assert decoded.to_bytes() == bytes(encoded)


@given(st.binary(max_size=600))
def test_arbitrary_bytes_raise_only_format_errors(data: bytes) -> None:
    with pytest.raises(FormatError):
        EnvelopeHead.from_bytes(data)
    with pytest.raises(FormatError):
        Manifest.from_bytes(data)


class TestEveryChange:
    """A package differs in no byte from what was signed, or it is refused."""

    package = seal(DELTA).to_bytes() + PAYLOAD

    def test_the_unchanged_package_is_accepted(self) -> None:
        head, head_bytes, payload = split_package(self.package)

        assert head.manifest == DELTA
        assert head_bytes + (payload or b"") == self.package
        assert payload == PAYLOAD

    @pytest.mark.parametrize("size", range(len(package)))
    def test_every_prefix_is_refused(self, size: int) -> None:
        with pytest.raises(FormatError):
            split_package(self.package[:size])

    def test_bytes_behind_the_end_are_refused(self) -> None:
        with pytest.raises(FormatError, match="announces"):
            split_package(self.package + b"\0")
        with pytest.raises(FormatError, match="too many"):
            EnvelopeHead.from_bytes(self.package)

    def test_every_one_byte_change_of_the_head_is_refused_or_changes_the_signature(self) -> None:
        original = seal(DELTA)
        for position in range(len(original.to_bytes())):
            for change in (0x01, 0x80, 0xFF):
                changed = bytearray(self.package)
                changed[position] ^= change
                try:
                    head, _, _ = split_package(bytes(changed))
                except FormatError:
                    continue
                assert head.signed_bytes == original.signed_bytes
                assert head.signature != original.signature


def test_the_layout_of_a_package_is_frozen() -> None:
    """SPEC.md sections 2 and 3: a change of these bytes is a change of the format."""
    package = seal(DELTA).to_bytes() + PAYLOAD

    assert hashlib.sha256(package).hexdigest() == FROZEN_SHA256
    assert len(package) - len(PAYLOAD) == FROZEN_HEAD_BYTES


FROZEN_SHA256 = "bccc310e39b7e45a9159c8fc4cae00fd81386e60428ae89ba7e946998b692865"
FROZEN_HEAD_BYTES = 287


def test_the_manifest_digest_covers_the_wrapped_byte_string() -> None:
    expected = hashlib.sha256(encode(DELTA.to_bytes())).digest()

    structure = signed_bytes(DELTA.to_bytes(), CoseAlgorithm.ESP256)

    assert structure == sig_structure(CoseAlgorithm.ESP256, suit_digest(expected))


def test_the_signature_of_the_drafts_example_covers_the_bytes_we_sign() -> None:
    """draft-ietf-suit-manifest-37, example 0; its ES256 (-7) is our ESP256 by its older number."""
    reader = CborReader(bytes.fromhex(DRAFT_EXAMPLE_0), "example")
    reader.tag(107)
    reader.map(2)
    reader.literal(2)
    authentication = CborReader(reader.byte_string(), "authentication")
    reader.literal(3)
    manifest = reader.byte_string()
    reader.end()
    authentication.array(2)
    digest = authentication.byte_string()
    signature = authentication.byte_string()[-64:]

    assert digest == suit_digest(hashlib.sha256(encode(manifest)).digest())
    to_be_signed = encode(["Signature1", bytes.fromhex("a10126"), b"", digest])
    assert DRAFT_KEY.accepts(to_be_signed, signature)
    assert not DRAFT_KEY.accepts(to_be_signed + b"\0", signature)


@pytest.mark.parametrize("element", ["missing", "other"])
def test_an_integrated_payload_must_be_the_one_described(element: str) -> None:
    detached = seal(FULL).to_bytes()
    integrated = seal(DELTA).to_bytes()
    if element == "missing":
        data = integrated.replace(b"\xd8\x6b\xa3", b"\xd8\x6b\xa2")[: -len(b"\x61#\x47")]
    else:
        data = detached.replace(b"\xd8\x6b\xa2", b"\xd8\x6b\xa3") + b"\x61#\x47"

    with pytest.raises(FormatError, match="not what the manifest describes"):
        EnvelopeHead.from_bytes(data)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (b"\xd8\x6b\xa5", "5 elements"),
        (b"\xd8\x6c\xa3", "expected tag 107"),
    ],
)
def test_an_envelope_of_another_form_is_refused(broken: bytes, message: str) -> None:
    data = broken + seal(DELTA).to_bytes()[3:]

    with pytest.raises(FormatError, match=message):
        EnvelopeHead.from_bytes(data)


def test_an_unknown_element_is_refused() -> None:
    data = seal(DELTA).to_bytes().replace(b"\x61#\x47", b"\x61$\x47")

    with pytest.raises(FormatError, match="unknown element"):
        EnvelopeHead.from_bytes(data)


def test_a_head_over_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(FormatError, match=f"over the limit of {MAX_HEAD_BYTES}"):
        EnvelopeHead.from_bytes(bytes(MAX_HEAD_BYTES + 1))


def test_an_unprotected_header_is_refused() -> None:
    signed = sign1_to_bytes(CoseAlgorithm.ED25519, bytes(64)).replace(
        b"\xa0\xf6", b"\xa1\x04\x41k\xf6"
    )

    with pytest.raises(FormatError, match="expected map 0"):
        sign1_from_bytes(signed)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="64 bytes"):
        sign1_from_bytes(sign1_to_bytes(CoseAlgorithm.ED25519, bytes(size)))


def test_an_unknown_algorithm_is_refused() -> None:
    signed = sign1_to_bytes(CoseAlgorithm.ED25519, bytes(64)).replace(
        b"\x43\xa1\x01\x32", b"\x43\xa1\x01\x26"
    )

    with pytest.raises(FormatError, match="unknown algorithm -7"):
        sign1_from_bytes(signed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base_digest": None}, "a patch has a base image"),
        ({"payload_format": PayloadFormat.FULL_ZSTD}, "others none"),
        ({"payload_uri": ""}, "must be printable ASCII"),
        ({"payload_uri": "\x1b[2J"}, "must be printable ASCII"),
        (
            {"payload_format": PayloadFormat.FULL, "base_digest": None},
            "the payload is the new image",
        ),
    ],
)
def test_impossible_manifests_are_the_callers_mistake(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(DELTA, **change)  # type: ignore[arg-type] # a table of keyword arguments


def test_cwt_verifies_an_ed25519_envelope() -> None:
    """PyPI's `cwt` is an independent COSE implementation."""
    key = Ed25519PrivateKey.generate()

    _expect_cwt_accepts(CoseAlgorithm.ED25519, key.public_key(), key.sign)


def test_cwt_verifies_an_esp256_envelope() -> None:
    key = generate_private_key(SECP256R1())

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    _expect_cwt_accepts(CoseAlgorithm.ESP256, key.public_key(), sign)


def _expect_cwt_accepts(
    algorithm: CoseAlgorithm,
    public_key: Ed25519PublicKey | EllipticCurvePublicKey,
    sign: Callable[[bytes], bytes],
) -> None:
    head = EnvelopeHead.sealed(DELTA, algorithm, sign(signed_bytes(DELTA.to_bytes(), algorithm)))
    sign1 = sign1_to_bytes(algorithm, head.signature)
    digest = suit_digest(hashlib.sha256(encode(head.manifest_bytes)).digest())
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    cose_key = COSEKey.from_pem(pem, alg=int(algorithm))

    assert COSE.new().decode(sign1, cose_key, detached_payload=digest) == digest
    with pytest.raises(VerifyError):
        COSE.new().decode(sign1, cose_key, detached_payload=digest[:-1] + b"\0")


DRAFT_EXAMPLE_0 = """
d86ba2025873825824822f58206658ea560262696dd1f13b782239a064da
7c6c5cbaf52fded428a6fc83c7e5af584ad28443a10126a0f65840408d08
16f9b510749bf6a51b066951e08a4438f849eb092a1ac768eed9de696c1b
1dd35d82ef149e6a73a61976ad2cfe78444b8064293350a122f332cb49f0
da035871a50101020003585fa202818141000458568614a40150fa6b4a53
d5ad5fdfbe9de663e4d41ffe02501492af1425695e48bf429b2d51f2ab45
035824822f582000112233445566778899aabbccddeeff0123456789abcd
effedcba98765432100e1987d0010f020f074382030f0943821702
"""
DRAFT_KEY = PublicKey(
    EllipticCurvePublicNumbers(
        x=0x8496811AAE0BAAABD26157189EECDA26BEAA8BF11B6F3FE6E2B5659C85DBC0AD,
        y=0x3B1F2A4B6C098131C0A36DACD1D78BD381DCDFB09C052DB33991DB7338B4A896,
        curve=SECP256R1(),
    ).public_key()
)
