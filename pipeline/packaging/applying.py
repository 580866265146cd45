"""Applying a package on the host: the new image as a file, for factories and for checking."""

from device_apply.admission import expect_base_image, expect_image
from device_apply.appliers import BytesSource, apply_payload
from device_apply.errors import Rejected
from device_apply.wire.suit import SizedDigest
from pipeline.encryption.decryption import DecryptionKey, decrypt_payload
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage
from pipeline.packaging.update_package import UpdatePackage


def expect_base(package: UpdatePackage, base: FirmwareImage) -> None:
    """Require that the package is for this base image; full images are for any.

    Raises:
        device_apply.errors.Rejected: it is a patch against another image.
    """
    expected = package.head.manifest.base_digest
    if expected is not None:
        try:
            expect_base_image(expected, SizedDigest.of(base.data))
        except Rejected as error:
            raise Rejected(f"{base.name}: {error}") from error


def plain_payload(package: UpdatePackage, key: DecryptionKey | None = None) -> bytes:
    """Return the payload as the applier gets it.

    Raises:
        InputError: it is encrypted and there is no key.
        device_apply.errors.Rejected: it was encrypted for another key.
    """
    encryption = package.head.manifest.encryption
    if encryption is None:
        return package.payload
    if key is None:
        raise InputError("the payload is encrypted: give a key of a recipient (--decryption-key)")
    return decrypt_payload(encryption, package.payload, key)


def apply_package(
    package: UpdatePackage, base: FirmwareImage, key: DecryptionKey | None = None
) -> bytes:
    """Decode a verified package against its base image and return the new image.

    The caller has called `verify_package`; base and result are checked here.

    Raises:
        InputError: the payload is encrypted and there is no key.
        device_apply.errors.Rejected: wrong base image, or another key.
        device_apply.errors.ApplyFailed: the payload does not decode to the signed new image.
    """
    expect_base(package, base)
    manifest = package.head.manifest
    new = bytearray()
    apply_payload(
        manifest.payload_format,
        BytesSource(plain_payload(package, key)),
        BytesSource(base.data),
        manifest.new_image.size,
        new.extend,
    )
    expect_image("new image", manifest.new_image, SizedDigest.of(bytes(new)))
    return bytes(new)
