"""Applying a package on the host: the new image as a file, for factories and for checking."""

from device_apply.admission import expect_image
from device_apply.appliers import BytesSource, apply_payload
from device_apply.errors import Rejected
from device_apply.wire.suit import SizedDigest
from pipeline.images.firmware_image import FirmwareImage
from pipeline.packaging.update_package import UpdatePackage


def expect_base(package: UpdatePackage, base: FirmwareImage) -> None:
    """Require that the package is for this base image; full images are for any.

    Raises:
        device_apply.errors.Rejected: it is a patch against another image.
    """
    expected = package.head.manifest.base_image
    if expected is not None:
        try:
            expect_image("base image", expected, SizedDigest.of(base.data))
        except Rejected as error:
            raise Rejected(f"{base.name}: {error}") from error


def apply_package(package: UpdatePackage, base: FirmwareImage) -> bytes:
    """Decode a verified package against its base image and return the new image.

    The caller has called `verify_package`; base and result are checked here.

    Raises:
        device_apply.errors.Rejected: wrong base image.
        device_apply.errors.ApplyFailed: the payload does not decode to the signed new image.
    """
    expect_base(package, base)
    manifest = package.head.manifest
    new = bytearray()
    apply_payload(
        manifest.payload_format,
        BytesSource(package.payload),
        BytesSource(base.data),
        manifest.new_image.size,
        new.extend,
    )
    expect_image("new image", manifest.new_image, SizedDigest.of(bytes(new)))
    return bytes(new)
