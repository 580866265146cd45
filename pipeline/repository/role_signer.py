"""Our signers as TUF wants them: files, tokens, whatever `Signer` stands for."""

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.signer import Key, SecretsHandler, Signature, SSlibKey
from securesystemslib.signer import Signer as TufSigner

from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm
from pipeline.errors import InputError
from pipeline.keys.signer import Signer

_HALF = SIGNATURE_BYTES // 2


class RoleSigner(TufSigner):
    """Signs TUF metadata with one of our signers: Ed25519, or P-256 in DER."""

    def __init__(self, signer: Signer) -> None:
        """Take the signer."""
        self._signer = signer
        self._public_key = role_key(signer.public_key_pem)

    @property
    def public_key(self) -> Key:
        """The key that verifies the signatures, with the identifier that TUF derives from it."""
        return self._public_key

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None
    ) -> "RoleSigner":
        """Not a way to make one: keys are opened by `pipeline.keys`."""
        raise NotImplementedError(f"open {priv_key_uri} ({public_key.keyid}) with pipeline.keys")

    def sign(self, payload: bytes) -> Signature:
        """Return a signature over the canonical bytes of a metadata file."""
        signature = self._signer.sign(payload)
        if self._signer.algorithm is CoseAlgorithm.ESP256:
            r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
            signature = encode_dss_signature(r, s)
        return Signature(self._public_key.keyid, signature.hex())


def role_key(public_key_pem: bytes) -> SSlibKey:
    """Return a public key as TUF metadata holds it.

    Raises:
        InputError: TUF has no scheme for it.
    """
    try:
        return SSlibKey.from_crypto(load_pem_public_key(public_key_pem))
    except ValueError as problem:
        raise InputError(f"the key cannot sign TUF metadata ({problem})") from problem
