"""Signing elsewhere: write the bytes to sign, take the signature back.

For keys behind an air gap, or a signing service. A build that wants a signature leaves a request in
a folder; the same build, run again, finds the signature there. Builds are deterministic, so the
request of the second run is the same.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from device_apply.trust import PublicKey
from device_apply.wire.cose import MAX_SIGNATURE_BYTES, SIGNATURE_BYTES, CoseAlgorithm
from pipeline.errors import InputError, PipelineError
from pipeline.input_files import read_input_file

SCHEME: Final = "external:"
"""What stands before the public key's file where a key is named."""
_NAME_DIGITS: Final = 16
_HALF: Final = SIGNATURE_BYTES // 2


class SignatureWanted(PipelineError):  # noqa: N818 (a state of the work, not a fault)
    """A request to sign was left; run the command again when the signature is beside it."""

    def __init__(self, request: Path, to_be_signed: bytes, advice: str) -> None:
        """Say which file to sign, with which bytes in it, and how."""
        super().__init__(f"{request}: waits for a signature: {advice}, then run this again")
        self.request = request
        self.to_be_signed = to_be_signed


@dataclass(frozen=True, slots=True)
class ExternalSigner:
    """A signer that finds its signatures in a folder."""

    public_key: PublicKey
    folder: Path

    @property
    def algorithm(self) -> CoseAlgorithm:
        """The algorithm that the key's type fixes."""
        return self.public_key.algorithm

    @property
    def public_key_pem(self) -> bytes:
        """The key that verifies the signatures, as SubjectPublicKeyInfo in PEM."""
        return self.public_key.to_pem()

    def sign(self, to_be_signed: bytes) -> bytes:
        """Return the signature that was brought, checked, in the form that COSE carries.

        ECDSA signatures may be in DER, as OpenSSL writes them, or r and s as they are.

        Raises:
            SignatureWanted: none is there yet.
            InputError: the one that is there is not of this key over these bytes.
        """
        name = hashlib.sha256(to_be_signed).hexdigest()[:_NAME_DIGITS]
        request = self.folder / f"{name}.tbs"
        answer = self.folder / f"{name}.sig"
        if not answer.exists():
            raise SignatureWanted(request, to_be_signed, self._advice(request, answer))
        brought = read_input_file(answer, "signature", MAX_SIGNATURE_BYTES)
        signature = self._from_der(brought) or brought
        expected = self.algorithm.signature_bytes or len(signature)
        if len(signature) != expected or not self.public_key.accepts(to_be_signed, signature):
            raise InputError(
                f"{answer}: is no {self.algorithm.label} signature of the trusted key over"
                f" {request.name}: sign that file again, or remove this one"
            )
        return signature

    def _from_der(self, signature: bytes) -> bytes | None:
        """Turn an ECDSA signature from DER into r and s; None if it is not in DER."""
        if not isinstance(self.public_key.key, ec.EllipticCurvePublicKey):
            return None
        try:
            r, s = decode_dss_signature(signature)
            return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
        except (ValueError, OverflowError):
            return None

    def _advice(self, request: Path, answer: Path) -> str:
        given, wanted = quote(str(request)), quote(str(answer))
        if self.algorithm is not CoseAlgorithm.ESP256:
            return f"`openssl pkeyutl -sign -rawin -inkey KEY.pem -in {given} -out {wanted}`"
        return f"`openssl dgst -sha256 -sign KEY.pem -out {wanted} {given}`"
