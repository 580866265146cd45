"""The key that a device on the bench believes, driven from Python."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.profile import Region
from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.identifiers import vendor_id
from device_apply.wire.key_change import KEY_BYTES

_POINT: bytes = b"\x04"
"""What stands before x and y of an uncompressed point."""


class KeyRingBench:
    """A key ring in a region of its own. It verifies with the key that the device holds."""

    def __init__(self, bench: Bench, region: Region, bank_bytes: int) -> None:
        """Say where the ring is."""
        self._bench = bench
        self._lib = bench.native.lib
        made = bench.native.ffi.new(
            "struct airdelta_region *", {"offset": region.offset, "bytes": region.size_bytes}
        )
        self._lib.bench_place_key_ring(
            bench.handle, made, bank_bytes, vendor_id(bench.setup.vendor)
        )

    def create(self, number: int, algorithm: CoseAlgorithm, key: bytes) -> Status:
        """Do what the factory does."""
        first = self._bench.native.ffi.new("struct airdelta_trusted_key *")
        first.number, first.algorithm = number, algorithm
        self._bench.native.ffi.memmove(first.bytes, key, len(key))
        return Status(self._lib.bench_create_key_ring(self._bench.handle, first))

    def open(self) -> Status:
        """Find the key after a boot."""
        return Status(self._lib.bench_open_key_ring(self._bench.handle))

    def change(self, message: bytes) -> Status:
        """Hand over a key change."""
        return Status(self._lib.bench_change_key(self._bench.handle, message, len(message)))

    @property
    def current(self) -> tuple[int, bytes]:
        """Number and bytes of the key that the device believes."""
        number, algorithm, key = self._read()
        return number, key[: KEY_BYTES[algorithm]]

    def verify(self, algorithm: CoseAlgorithm, signed_bytes: bytes, signature: bytes) -> None:
        """Verify as `trust.SignatureVerifier`, with the current key.

        Raises:
            device_apply.errors.Rejected: it did not make the signature.
        """
        _, own, key = self._read()
        if own is CoseAlgorithm.ED25519:
            public = PublicKey(ed25519.Ed25519PublicKey.from_public_bytes(key[: KEY_BYTES[own]]))
        else:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _POINT + key)
            public = PublicKey(point)
        TrustAnchors([public]).verify(algorithm, signed_bytes, signature)

    def _read(self) -> tuple[int, CoseAlgorithm, bytes]:
        key = self._bench.native.ffi.new("struct airdelta_trusted_key *")
        self._lib.bench_trusted_key(self._bench.handle, key)
        return key.number, CoseAlgorithm(key.algorithm), bytes(key.bytes)
