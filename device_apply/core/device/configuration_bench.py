"""The device's configuration on the bench, driven from Python."""

from collections.abc import Sequence

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.profile import Region

FILES = 3


class ConfigurationBench:
    """The configuration of a device on the bench, in regions of its own."""

    def __init__(
        self, bench: Bench, regions: Sequence[Region], index_bank_bytes: int, key: bytes
    ) -> None:
        """Say where index and files are, in this order, and the key of 32 bytes."""
        self._bench = bench
        self._lib = bench.native.lib
        made = [{"offset": r.offset, "bytes": r.size_bytes} for r in regions]
        regions = bench.native.ffi.new("struct airdelta_region[]", made)
        self._lib.bench_place_configuration(bench.handle, regions, index_bank_bytes, key)

    def create(self) -> Status:
        """Begin with an empty file."""
        return Status(self._lib.bench_create_configuration(self._bench.handle))

    def open(self) -> Status:
        """Find and read the current file, after a boot."""
        return Status(self._lib.bench_open_configuration(self._bench.handle))

    def follow(self) -> Status:
        """Do what the update that the device handles asks for."""
        return Status(self._lib.bench_follow_update(self._bench.handle))

    def put(self, entry_type: int, value: bytes | None) -> Status:
        """Set or remove an entry in RAM."""
        pointer = self._bench.native.ffi.NULL if value is None else value
        size = 0 if value is None else len(value)
        return Status(self._lib.bench_put_entry(self._bench.handle, entry_type, pointer, size))

    def get(self, entry_type: int) -> bytes | None:
        """Return an entry's value, or None."""
        count = self._bench.native.ffi.new("uint16_t *")
        value = self._lib.bench_get_entry(self._bench.handle, entry_type, count)
        if value == self._bench.native.ffi.NULL:
            return None
        return bytes(self._bench.native.ffi.buffer(value, count[0]))

    def store(self) -> Status:
        """Write what is in RAM as the current file."""
        return Status(self._lib.bench_store_configuration(self._bench.handle))
