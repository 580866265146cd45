"""Handing over from one signing key to the next: the message that devices take."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from device_apply.key_agreement import coordinates
from device_apply.trust import PublicKey
from device_apply.wire.identifiers import vendor_id
from device_apply.wire.key_change import KeyChange, key_change_signed_bytes, signed_key_change
from pipeline.errors import InputError
from pipeline.keys.signer import Signer


def key_change(next_key: PublicKey, number: int, vendor: str, signer: Signer) -> bytes:
    """Return the message by which devices of a vendor believe the next key, and no longer this one.

    Raises:
        InputError: devices keep no keys of that kind, or it is the same key.
    """
    if next_key.to_pem() == signer.public_key_pem:
        raise InputError("the next key is the one that signs: give another one")
    change = KeyChange(
        vendor_id=vendor_id(vendor),
        number=number,
        algorithm=next_key.algorithm,
        key=_device_form(next_key),
    )
    signature = signer.sign(key_change_signed_bytes(change, signer.algorithm))
    return signed_key_change(change, signer.algorithm, signature)


def _device_form(key: PublicKey) -> bytes:
    match key.key:
        case ed25519.Ed25519PublicKey() as plain:
            return plain.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        case ec.EllipticCurvePublicKey() as point:
            return b"".join(coordinates(point))
        case _:
            raise InputError(
                f"devices keep no {key.algorithm.label} keys in their key ring: rotate such keys"
                " with a firmware update"
            )
