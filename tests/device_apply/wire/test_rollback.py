"""Authorisations to roll back: one encoding, and everything else is refused."""

from dataclasses import replace

import pytest

from device_apply.errors import FormatError
from device_apply.wire.cbor import encode
from device_apply.wire.cose import CoseAlgorithm, attached_sign1_to_bytes
from device_apply.wire.rollback import RollbackAuthorisation, RollbackClaims

CLAIMS = RollbackClaims(
    class_id=bytes(range(16, 32)),
    image_digest=bytes(range(32)),
    image_counter=3,
    highest_replaced_counter=300,
)
ALL = [CLAIMS, replace(CLAIMS, device_id=b"\7" * 16), replace(CLAIMS, image_counter=2**32 - 1)]


@pytest.mark.parametrize("claims", ALL)
@pytest.mark.parametrize("algorithm", CoseAlgorithm)
def test_what_was_written_is_read(claims: RollbackClaims, algorithm: CoseAlgorithm) -> None:
    authorisation = RollbackAuthorisation(
        claims=claims, algorithm=algorithm, signature=bytes(algorithm.signature_bytes or 99)
    )

    assert RollbackAuthorisation.from_bytes(authorisation.to_bytes()) == authorisation


@pytest.mark.parametrize("claims", ALL)
def test_every_prefix_and_every_byte_more_is_refused(claims: RollbackClaims) -> None:
    data = claims.to_bytes()
    for size in range(len(data)):
        with pytest.raises(FormatError):
            RollbackClaims.from_bytes(data[:size])
    with pytest.raises(FormatError):
        RollbackClaims.from_bytes(data + b"\0")


@pytest.mark.parametrize(
    "other",
    [
        {1: bytes(15), 2: bytes(32)},
        {1: bytes(16), 2: bytes(31)},
        {2: bytes(32)},
        {},
    ],
)
def test_claims_of_another_form_are_refused(other: dict[int, bytes]) -> None:
    with pytest.raises(FormatError):
        RollbackClaims.from_bytes(encode(other))


def test_a_counter_over_32_bits_is_refused() -> None:
    data = CLAIMS.to_bytes().replace(b"\x04\x19\x01\x2c", b"\x04\x1b\0\0\0\1\0\0\0\0")

    with pytest.raises(FormatError, match="over the limit"):
        RollbackClaims.from_bytes(data)


def test_the_signed_bytes_are_none_that_a_manifest_could_have() -> None:
    authorisation = RollbackAuthorisation(
        claims=CLAIMS, algorithm=CoseAlgorithm.ED25519, signature=bytes(64)
    )

    assert authorisation.signed_bytes == encode(
        ["Signature1", b"\xa1\x01\x32", b"airdelta rollback 1", CLAIMS.to_bytes()]
    )


def test_a_signature_of_another_size_is_refused() -> None:
    data = attached_sign1_to_bytes(CoseAlgorithm.ED25519, CLAIMS.to_bytes(), bytes(63))

    with pytest.raises(FormatError, match="64 bytes, this has 63"):
        RollbackAuthorisation.from_bytes(data)
