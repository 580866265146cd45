"""What Python does for a device on the bench: signatures, keys, formats that only Python reads.

The library calls through the pointers that a port fills on hardware. Its questions are answered
with yes or no, so what stood behind the last no is kept here, for people.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from device_apply.appliers.front_door import apply_payload
from device_apply.appliers.registry import applier_for
from device_apply.appliers.sources import BytesSource
from device_apply.core.device.bench import Bench
from device_apply.core.device.native import installed_bench
from device_apply.core.needs import DecoderNeeds
from device_apply.errors import DeviceApplyError, Rejected
from device_apply.key_store import BLOCK_BYTES, KeyStore
from device_apply.profile import DeviceProfile
from device_apply.trust import SignatureVerifier
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.encryption import COORDINATE_BYTES, WRAPPED_KEY_BYTES, Recipient
from device_apply.wire.payload_format import PayloadFormat

_NATIVE: Final = installed_bench()
_TOO_MUCH: Final = 0xFFFF_FFFF
"""`BENCH_TOO_MUCH`."""
_DECODING_BYTES: Final = 4096
"""Work memory for a format that Python decodes: ample for `struct host_decoding`."""

_Answer = TypeVar("_Answer")


class Host:
    """Answers for one device."""

    def __init__(
        self,
        bench: Bench,
        profile: DeviceProfile,
        verifier: SignatureVerifier,
        keys: KeyStore | None = None,
    ) -> None:
        """Lend a bench the appliers of a profile, the keys that a verifier trusts, a key store.

        Raises:
            MemoryError: there is none for the decoders.
        """
        self.objection: DeviceApplyError | None = None
        """What stood behind the last no."""
        self._failure: BaseException | None = None
        self._profile = profile
        self._verifier = verifier
        self._keys: KeyStore | None = None
        self._bench = bench
        self._handle = _NATIVE.ffi.new_handle(self)
        made = _NATIVE.ffi.new("struct bench_host *")
        made.context = self._handle
        made.verify = _NATIVE.lib.airdelta_host_verify
        made.memory_bytes = _NATIVE.lib.airdelta_host_memory_bytes
        made.decode = _NATIVE.lib.airdelta_host_decode
        formats = sorted(profile.appliers)
        if _NATIVE.lib.bench_lend_host(bench.handle, made, formats, len(formats)):
            raise MemoryError("no memory for the decoders of a device")
        if keys is not None:
            self.lend_keys(keys)

    def lend_keys(self, keys: KeyStore) -> None:
        """Connect a key store; without one the device refuses encrypted updates."""
        self._keys = keys
        store = _NATIVE.ffi.new("struct airdelta_key_store *")
        store.context = self._handle
        store.unwrap = _NATIVE.lib.airdelta_host_unwrap
        store.encrypt_block = _NATIVE.lib.airdelta_host_encrypt_block
        _NATIVE.lib.bench_lend_keys(self._bench.handle, store)

    def raise_failure(self) -> None:
        """Raise what interrupted an answer, such as Ctrl-C; it could not cross the library."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def accepts(self, algorithm: int, signed_bytes: bytes, signature: bytes) -> bool:
        """Whether a trusted key made the signature (check 3)."""

        def judge() -> bool:
            self._verifier.verify(CoseAlgorithm(algorithm), signed_bytes, signature)
            return True

        return self._answer(judge, no=False)

    def memory_bytes(
        self, payload_format: PayloadFormat, payload: bytes, base_size: int, new_size: int
    ) -> int:
        """Return the memory that decoding gets if the device has what it takes (check 12).

        0: the payload is malformed.
        """

        def measure() -> int:
            applier = applier_for(payload_format)
            needs = applier.needs(BytesSource(payload), base_size, new_size)
            if needs.ram_bytes > self._profile.applier_ram_bytes:
                self.objection = Rejected(
                    f"RAM: applying takes {needs.ram_bytes} bytes ({needs.ram_basis}), "
                    f"the device has {self._profile.applier_ram_bytes}"
                )
                return _TOO_MUCH
            if needs.scratch_flash_bytes > self._profile.scratch_bytes:
                self.objection = Rejected(
                    f"flash: applying takes {needs.scratch_flash_bytes} bytes of scratch, "
                    f"the device has {self._profile.scratch_bytes}"
                )
                return _TOO_MUCH
            if payload_format is not PayloadFormat.AIRDELTA:
                return _DECODING_BYTES
            return DecoderNeeds.of(
                payload, base_size=base_size, new_size=new_size, patch_size=len(payload)
            ).host_memory_bytes

        return self._answer(measure, no=0)

    def decode(
        self, payload_format: PayloadFormat, payload: bytes, base: bytes, new_size: int
    ) -> bytes | None:
        """Return the new image, exactly as large as it must be, or None."""

        def apply() -> bytes:
            new = bytearray()
            source = BytesSource(payload)
            apply_payload(payload_format, source, BytesSource(base), new_size, new.extend)
            return bytes(new)

        return self._answer(apply, no=None)

    def unwrap(self, recipient: Recipient) -> bool:
        """Whether the key store took a content key out of what was wrapped for it (check 15)."""
        keys = self._keys
        return keys is not None and self._answer(lambda: keys.unwrap(recipient), no=False)

    def encrypt_block(self, block: bytes) -> bytes | None:
        """Return a block, encrypted with the content key, or None."""
        keys = self._keys
        return None if keys is None else self._answer(lambda: keys.encrypt_block(block), no=None)

    def _answer(self, work: Callable[[], _Answer], *, no: _Answer) -> _Answer:
        self.objection = None
        try:
            return work()
        except DeviceApplyError as error:
            self.objection = error
        except BaseException as failure:  # noqa: BLE001 (crosses C; see raise_failure)
            self._failure = failure
        return no


def _bytes(data: Any, count: int) -> bytes:  # noqa: ANN401 (cffi data)
    return bytes(_NATIVE.ffi.buffer(data, count)) if count else b""


@_NATIVE.ffi.def_extern(name="airdelta_host_verify")  # type: ignore[untyped-decorator]
def _verify(
    context: Any,  # noqa: ANN401
    algorithm: int,
    message: Any,  # noqa: ANN401
    count: int,
    signature: Any,  # noqa: ANN401
    signature_bytes: int,
) -> int:
    host: Host = _NATIVE.ffi.from_handle(context)
    return host.accepts(algorithm, _bytes(message, count), _bytes(signature, signature_bytes))


@_NATIVE.ffi.def_extern(name="airdelta_host_memory_bytes")  # type: ignore[untyped-decorator]
def _memory_bytes(context: Any, payload: Any) -> int:  # noqa: ANN401
    host: Host = _NATIVE.ffi.from_handle(context)
    return host.memory_bytes(
        PayloadFormat(payload.payload_format),
        _bytes(payload.payload, payload.payload_bytes),
        payload.base_bytes,
        payload.new_bytes,
    )


@_NATIVE.ffi.def_extern(name="airdelta_host_decode")  # type: ignore[untyped-decorator]
def _decode(context: Any, payload: Any, new_image: Any) -> int:  # noqa: ANN401
    host: Host = _NATIVE.ffi.from_handle(context)
    new = host.decode(
        PayloadFormat(payload.payload_format),
        _bytes(payload.payload, payload.payload_bytes),
        _bytes(payload.base, payload.base_bytes),
        payload.new_bytes,
    )
    if new is None:
        return 1
    _NATIVE.ffi.memmove(new_image, new, len(new))
    return 0


@_NATIVE.ffi.def_extern(name="airdelta_host_unwrap")  # type: ignore[untyped-decorator]
def _unwrap(context: Any, recipient: Any) -> int:  # noqa: ANN401
    host: Host = _NATIVE.ffi.from_handle(context)
    ephemeral = None
    if recipient.ephemeral_x != _NATIVE.ffi.NULL:
        x = _bytes(recipient.ephemeral_x, COORDINATE_BYTES)
        ephemeral = (x, _bytes(recipient.ephemeral_y, COORDINATE_BYTES))
    return host.unwrap(
        Recipient(
            key_id=_bytes(recipient.key_id, recipient.key_id_bytes),
            wrapped_key=_bytes(recipient.wrapped_key, WRAPPED_KEY_BYTES),
            ephemeral_key=ephemeral,
        )
    )


@_NATIVE.ffi.def_extern(name="airdelta_host_encrypt_block")  # type: ignore[untyped-decorator]
def _encrypt_block(context: Any, block: Any) -> int:  # noqa: ANN401
    host: Host = _NATIVE.ffi.from_handle(context)
    encrypted = host.encrypt_block(_bytes(block, BLOCK_BYTES))
    if encrypted is None:
        return 0
    _NATIVE.ffi.memmove(block, encrypted, BLOCK_BYTES)
    return 1
