"""Detached signatures of image files, for chains that check them with tools of their own.

Update packages carry their signature in the manifest (`signer`). This is the other kind: a file
beside an image that `openssl` verifies. Ed25519 by RFC 8032; ECDSA on P-256 and P-384 in DER, with
nonces by RFC 6979; RSA-PSS by RFC 8017, 8.1, with a salt as long as the digest.
"""

from enum import StrEnum, unique
from pathlib import Path
from shlex import join
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from pipeline.errors import EnvironmentProblem, InputError, Refused

ImagePrivateKey: TypeAlias = (
    ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
)
ImagePublicKey: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

MIN_RSA_BITS: Final = 2048
"""Smallest RSA key that is taken: NIST SP 800-131A, revision 2, section 3."""


@unique
class HashName(StrEnum):
    """Hashes of ECDSA and RSA-PSS, by the names that the command line and OpenSSL use."""

    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"
    SHA3_256 = "sha3-256"
    SHA3_384 = "sha3-384"
    SHA3_512 = "sha3-512"


_HASHES: Final[dict[HashName, hashes.HashAlgorithm]] = {
    HashName.SHA256: hashes.SHA256(),
    HashName.SHA384: hashes.SHA384(),
    HashName.SHA512: hashes.SHA512(),
    HashName.SHA3_256: hashes.SHA3_256(),
    HashName.SHA3_384: hashes.SHA3_384(),
    HashName.SHA3_512: hashes.SHA3_512(),
}
DEFAULT_HASH: Final = HashName.SHA256


def sign_image(key: ImagePrivateKey, image: bytes, hash_name: HashName | None) -> bytes:
    """Sign the bytes of an image file; without a name the hash is SHA-256.

    Raises:
        InputError: a hash for Ed25519, which has its own.
        EnvironmentProblem: the OpenSSL on this machine cannot do it.
    """
    try:
        if isinstance(key, ed25519.Ed25519PrivateKey):
            _refuse_hash(hash_name)
            return key.sign(image)
        chosen = _HASHES[hash_name or DEFAULT_HASH]
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(image, _pss(chosen), chosen)
        return key.sign(image, ec.ECDSA(chosen, deterministic_signing=True))
    except UnsupportedAlgorithm as problem:
        raise EnvironmentProblem(
            f"the OpenSSL on this machine cannot make this signature ({problem}): install"
            " `cryptography` from a wheel, which brings its own"
        ) from problem


def verify_image(
    key: ImagePublicKey, image: bytes, signature: bytes, hash_name: HashName | None
) -> None:
    """Return if `key` made `signature` over `image`.

    Raises:
        InputError: a hash for Ed25519, which has its own.
        Refused: it did not.
    """
    try:
        match key:
            case ed25519.Ed25519PublicKey():
                _refuse_hash(hash_name)
                key.verify(signature, image)
            case rsa.RSAPublicKey():
                chosen = _HASHES[hash_name or DEFAULT_HASH]
                key.verify(signature, image, _pss(chosen), chosen)
            case _:
                key.verify(signature, image, ec.ECDSA(_HASHES[hash_name or DEFAULT_HASH]))
    except InvalidSignature as problem:
        raise Refused(
            f"no {scheme_text(key, hash_name)} signature of this key over this image: one of the"
            " three files is another than when it was signed, or the hash is"
        ) from problem


def scheme_text(key: ImagePrivateKey | ImagePublicKey, hash_name: HashName | None) -> str:
    """Return the name of the signature scheme, for people."""
    chosen = (hash_name or DEFAULT_HASH).value
    match key:
        case ed25519.Ed25519PrivateKey() | ed25519.Ed25519PublicKey():
            return "Ed25519"
        case rsa.RSAPrivateKey() | rsa.RSAPublicKey():
            return f"RSA-PSS {key.key_size} with {chosen}"
        case _:
            return f"ECDSA {key.curve.name} with {chosen}"


def openssl_command(
    key: ImagePrivateKey | ImagePublicKey,
    hash_name: HashName | None,
    paths: tuple[Path, Path, Path],
) -> str:
    """Return the command that verifies a signature without airdelta (OpenSSL 3.0 or later).

    `paths` are those of image, signature and public key.
    """
    image, signature, trust = (str(path) for path in paths)
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        words = ["pkeyutl", "-verify", "-pubin", "-inkey", trust, "-rawin", "-in", image]
        return join(["openssl", *words, "-sigfile", signature])
    words = ["dgst", f"-{(hash_name or DEFAULT_HASH).value}"]
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        words += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
    return join(["openssl", *words, "-verify", trust, "-signature", signature, image])


def _pss(hash_algorithm: hashes.HashAlgorithm) -> padding.PSS:
    return padding.PSS(mgf=padding.MGF1(hash_algorithm), salt_length=hash_algorithm.digest_size)


def _refuse_hash(hash_name: HashName | None) -> None:
    if hash_name is not None:
        raise InputError(
            f"--hash {hash_name.value}: Ed25519 has its own hash, leave the option out"
        )
