"""Signatures of other sizes than 64 bytes, from the signer through the device in C."""

from dataclasses import replace
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa

from device_apply.errors import Rejected
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.suit import SizedDigest
from pipeline.keys.lms_key import LmsKey
from pipeline.keys.signer import LocalSigner, PrivateKey
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    base_image,
    delta_manifest,
    delta_update,
    new_image,
    small_profile,
    untouched_flash,
)

LMS = LmsKey.generate(height=5)
ML_DSA: Final[dict[CoseAlgorithm, PrivateKey]] = {
    CoseAlgorithm.ML_DSA_44: mldsa.MLDSA44PrivateKey.generate(),
    CoseAlgorithm.ML_DSA_65: mldsa.MLDSA65PrivateKey.generate(),
    CoseAlgorithm.ML_DSA_87: mldsa.MLDSA87PrivateKey.generate(),
}
LONG = (*ML_DSA, CoseAlgorithm.HSS_LMS)


def trust(algorithm: CoseAlgorithm) -> TrustAnchors:
    if algorithm is CoseAlgorithm.HSS_LMS:
        return TrustAnchors([PublicKey(LMS.public_key)])
    return TrustAnchors([PublicKey(ML_DSA[algorithm].public_key())])


def head(algorithm: CoseAlgorithm) -> EnvelopeHead:
    manifest = delta_manifest()
    message = signed_bytes(manifest.to_bytes(), algorithm)
    if algorithm is CoseAlgorithm.HSS_LMS:
        signature = LMS.sign(1, message)
    else:
        signature = LocalSigner(ML_DSA[algorithm]).sign(message)
    return EnvelopeHead.sealed(manifest, algorithm, signature)


def device(algorithm: CoseAlgorithm) -> SimulatedDevice:
    made = SimulatedDevice(small_profile(), trust(algorithm))
    made.provision(base_image(), security_counter=BASE_COUNTER)
    made.boot()
    return made


@pytest.mark.parametrize("algorithm", LONG)
def test_a_device_takes_an_update_with_a_long_signature(algorithm: CoseAlgorithm) -> None:
    sealed = head(algorithm).to_bytes()
    small = device(algorithm)
    small.offer(sealed, FRAGMENT_BYTES)
    for index in small.missing():
        small.receive(index, delta_update().fragments[index])
    small.install()

    assert small.boot().image == SizedDigest.of(new_image())
    assert EnvelopeHead.from_bytes(sealed).to_bytes() == sealed


@pytest.mark.parametrize("algorithm", LONG)
def test_a_changed_long_signature_is_refused(algorithm: CoseAlgorithm) -> None:
    sealed = head(algorithm)
    small = device(algorithm)
    for at in (0, 100, -1):
        changed = bytearray(sealed.signature)
        changed[at] ^= 1
        offered = replace(sealed, signature=bytes(changed)).to_bytes()
        with untouched_flash(small), pytest.raises(Rejected, match=r"^signature"):
            small.offer(offered, FRAGMENT_BYTES)


@pytest.mark.parametrize("algorithm", LONG)
def test_a_long_signature_of_another_size_is_refused(algorithm: CoseAlgorithm) -> None:
    sealed = head(algorithm)
    small = device(algorithm)
    for signature in (sealed.signature[:-1], sealed.signature + b"\0", b"", sealed.signature[:64]):
        offered = replace(sealed, signature=signature).to_bytes()
        with untouched_flash(small), pytest.raises(Rejected):
            small.offer(offered, FRAGMENT_BYTES)


@pytest.mark.parametrize("algorithm", LONG)
def test_a_key_of_one_kind_never_verifies_for_another(algorithm: CoseAlgorithm) -> None:
    """The header names an algorithm of the same signature size class; the key decides."""
    sealed = head(algorithm)
    for other in LONG:
        if other is algorithm:
            continue
        with pytest.raises(Rejected, match="but the trusted keys are"):
            trust(algorithm).verify(other, sealed.signed_bytes, sealed.signature)
