"""The device's configuration: whole after any cut, kept for a revert, read by older firmware."""

import hashlib
import hmac
from dataclasses import replace

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.configuration_bench import FILES, ConfigurationBench
from device_apply.core.device.status import Status
from device_apply.errors import FormatError
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.profile import Region
from device_apply.wire.configuration import TAG_BYTES, VERSION, ConfigurationFile
from tests.device_apply.core_device.scenarios import Scenario, pages
from tests.device_apply.core_device.small_case import SMALL

HOST_NAME, NETWORK, KEYS, OF_THE_FUTURE = 1, 2, 3, 700
KEY = bytes(range(32))
SECTOR = 512
SCENARIO = replace(SMALL, part=pages(40, SECTOR, 4))
PAGES = replace(SMALL, part=pages(40, SECTOR, 32), fragment_bytes=256)
INDEX = Region(offset=30 * SECTOR, size_bytes=4 * SECTOR)
PLACES = [Region(offset=(34 + n) * SECTOR, size_bytes=SECTOR) for n in range(FILES)]


def configured(bench: Bench, key: bytes = KEY) -> ConfigurationBench:
    return ConfigurationBench(bench, [INDEX, *PLACES], 2 * SECTOR, key)


def device(native: Native) -> tuple[Bench, ConfigurationBench]:
    """A device with a name, that trusts an update."""
    bench = SCENARIO.bench(native)
    assert bench.boot() is Status.OK
    configuration = configured(bench)
    assert configuration.create() is Status.OK
    set_name(configuration, b"old")
    return bench, configuration


def set_name(configuration: ConfigurationBench, name: bytes) -> None:
    assert configuration.put(HOST_NAME, name) is Status.OK
    assert configuration.store() is Status.OK


def name_after_boot(bench: Bench, configuration: ConfigurationBench) -> bytes | None:
    assert bench.boot() is Status.OK
    assert configuration.open() is Status.OK
    assert configuration.follow() is Status.OK
    return configuration.get(HOST_NAME)


def stage(bench: Bench, configuration: ConfigurationBench) -> None:
    package = SCENARIO.package()
    assert bench.offer(package.head, SCENARIO.fragment_bytes) is Status.OK
    assert bench.deliver(package.payload, SCENARIO.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK
    assert configuration.follow() is Status.OK


def put_file(bench: Bench, place: Region, data: bytes) -> None:
    bench.erase_flash(place.offset)
    bench.program_flash(place.offset, data + b"\xff" * (-len(data) % 4))


def file_in(bench: Bench, value: bytes) -> Region:
    """The place whose file has this host name."""
    for place in PLACES:
        try:
            data = bench.read_flash(place.offset, place.size_bytes)
            found = ConfigurationFile.from_bytes(data, KEY)
        except FormatError:
            continue
        if found.entries.get(HOST_NAME) == value:
            return place
    raise AssertionError(value)


class TestEntries:
    def test_entries_are_set_replaced_and_removed(self, native: Native) -> None:
        bench, configuration = device(native)
        for name, value in ((NETWORK, b"\1\2"), (KEYS, b""), (NETWORK, b"longer")):
            assert configuration.put(name, value) is Status.OK
        assert configuration.put(HOST_NAME, None) is Status.OK
        assert configuration.put(99, None) is Status.OK
        assert configuration.store() is Status.OK
        bench.boot()
        configuration.open()

        assert [configuration.get(t) for t in (HOST_NAME, NETWORK, KEYS)] == [None, b"longer", b""]

    def test_what_is_not_stored_is_forgotten(self, native: Native) -> None:
        bench, configuration = device(native)
        configuration.put(HOST_NAME, b"never stored")

        assert name_after_boot(bench, configuration) == b"old"

    def test_an_entry_without_room_is_refused_and_changes_nothing(self, native: Native) -> None:
        _bench, configuration = device(native)

        assert configuration.put(HOST_NAME, bytes(600)) is Status.BAD_ARGUMENT
        assert configuration.get(HOST_NAME) == b"old"

    def test_a_file_that_no_place_holds_is_refused(self, native: Native) -> None:
        bench, configuration = device(native)
        assert configuration.put(HOST_NAME, bytes(490)) is Status.OK

        assert configuration.store() is Status.BAD_ARGUMENT
        assert name_after_boot(bench, configuration) == b"old"


class TestFormat:
    def test_what_the_device_writes_python_reads(self, native: Native) -> None:
        bench, configuration = device(native)
        configuration.put(NETWORK, b"\0\xff")
        configuration.store()
        data = bench.read_flash(file_in(bench, b"old").offset, SECTOR)

        found = [
            ConfigurationFile.from_bytes(bench.read_flash(p.offset, SECTOR), KEY).entries
            for p in PLACES[:2]
        ]
        assert {HOST_NAME: b"old", NETWORK: b"\0\xff"} in found
        with pytest.raises(FormatError, match="not written with this key"):
            ConfigurationFile.from_bytes(data, bytes(32))

    def test_what_newer_firmware_wrote_is_read_and_kept(self, native: Native) -> None:
        """Unknown entries are skipped, and stay when the file is written again."""
        bench, configuration = device(native)
        newer = ConfigurationFile(
            entries={OF_THE_FUTURE: b"?", HOST_NAME: b"new"}, version=9, oldest_reader=VERSION
        )
        put_file(bench, file_in(bench, b"old"), newer.to_bytes(KEY))
        bench.boot()
        assert configuration.open() is Status.OK
        assert configuration.get(HOST_NAME) == b"new"
        set_name(configuration, b"old again")
        bench.boot()
        configuration.open()

        assert configuration.get(OF_THE_FUTURE) == b"?"
        assert configuration.get(HOST_NAME) == b"old again"

    def test_a_file_that_older_firmware_must_not_read_is_not_read(self, native: Native) -> None:
        """Rule 41."""
        bench, configuration = device(native)
        newer = ConfigurationFile(entries={HOST_NAME: b"new"}, version=9, oldest_reader=9)
        put_file(bench, file_in(bench, b"old"), newer.to_bytes(KEY))
        bench.boot()

        assert configuration.open() is Status.STATE_LOST
        with pytest.raises(FormatError, match="only readers of version 9"):
            ConfigurationFile.from_bytes(newer.to_bytes(KEY), KEY)

    def test_a_file_of_another_key_is_not_read(self, native: Native) -> None:
        """Rule 40: external flash that somebody wrote to."""
        bench, configuration = device(native)
        forged = ConfigurationFile(entries={HOST_NAME: b"evil"}).to_bytes(b"\7" * 32)
        put_file(bench, file_in(bench, b"old"), forged)
        bench.boot()

        assert configuration.open() is Status.STATE_LOST

    def test_every_flipped_bit_is_found_as_in_python(self, native: Native) -> None:
        bench, configuration = device(native)
        place = file_in(bench, b"old")
        good = ConfigurationFile(entries={HOST_NAME: b"old", NETWORK: b"abc"}).to_bytes(KEY)
        for at in range(len(good)):
            for bit in range(8):
                changed = bytearray(good)
                changed[at] ^= 1 << bit
                put_file(bench, place, bytes(changed))
                bench.boot()
                assert configuration.open() is Status.STATE_LOST, (at, bit)
                with pytest.raises(FormatError):
                    ConfigurationFile.from_bytes(bytes(changed), KEY)

    @pytest.mark.parametrize(
        "entries",
        [b"\1", b"\1\0\5\0abc", b"\1\0\1\0a\1\0\1\0b", b"\1\0\0\0\2\0", b"\1\0\xff\xff"],
    )
    def test_authentic_entries_of_another_form_are_refused_as_in_python(
        self, native: Native, entries: bytes
    ) -> None:
        bench, configuration = device(native)
        data = signed_file(entries)
        put_file(bench, file_in(bench, b"old"), data)
        bench.boot()

        assert configuration.open() is Status.STATE_LOST
        with pytest.raises(FormatError):
            ConfigurationFile.from_bytes(data, KEY)

    def test_a_cut_off_file_is_refused(self) -> None:
        data = ConfigurationFile(entries={HOST_NAME: b"name"}).to_bytes(KEY)
        for size in range(len(data)):
            with pytest.raises(FormatError):
                ConfigurationFile.from_bytes(data[:size], KEY)
        with pytest.raises(ValueError, match="16 bits"):
            ConfigurationFile(entries={65536: b""})


def signed_file(entries: bytes) -> bytes:
    """A file whose tag is right, whatever its entries are."""
    whole = ConfigurationFile(entries={0: bytes(len(entries))}).to_bytes(KEY)
    head = whole[:8] + len(entries).to_bytes(4, "little")
    return head + entries + hmac.digest(KEY, head + entries, hashlib.sha256)[:TAG_BYTES]


class TestUpdates:
    def test_a_reverted_update_gives_the_configuration_back(self, native: Native) -> None:
        """Rule 43."""
        bench, configuration = device(native)
        stage(bench, configuration)
        assert name_after_boot(bench, configuration) == b"old"
        set_name(configuration, b"written by the new image")
        names = [name_after_boot(bench, configuration) for _ in range(3)]

        assert bench.state().lifecycle is LifecycleState.REVERTED
        assert names == [b"written by the new image"] * 2 + [b"old"]
        assert name_after_boot(bench, configuration) == b"old"
        set_name(configuration, b"later")
        assert name_after_boot(bench, configuration) == b"later"

    def test_a_confirmed_update_keeps_what_the_new_image_wrote(self, native: Native) -> None:
        bench, configuration = device(native)
        stage(bench, configuration)
        name_after_boot(bench, configuration)
        set_name(configuration, b"written by the new image")
        assert bench.confirm() is Status.OK
        assert configuration.follow() is Status.OK

        assert name_after_boot(bench, configuration) == b"written by the new image"

    def test_the_same_update_again_keeps_what_was_written_in_between(self, native: Native) -> None:
        bench, configuration = device(native)
        stage(bench, configuration)
        for _ in range(4):
            name_after_boot(bench, configuration)
        set_name(configuration, b"between")
        stage(bench, configuration)
        name_after_boot(bench, configuration)
        set_name(configuration, b"written by the new image")
        for _ in range(2):
            name_after_boot(bench, configuration)

        assert name_after_boot(bench, configuration) == b"between"
        assert bench.state().lifecycle is LifecycleState.REVERTED

    def test_the_backup_outlasts_any_number_of_writes_in_a_trial(self, native: Native) -> None:
        """Rule 42."""
        bench, configuration = device(native)
        stage(bench, configuration)
        name_after_boot(bench, configuration)
        for number in range(7):
            set_name(configuration, b"new %d" % number)
        for _ in range(2):
            name_after_boot(bench, configuration)

        assert name_after_boot(bench, configuration) == b"old"

    def test_what_the_old_image_writes_before_the_trial_is_kept(self, native: Native) -> None:
        bench, configuration = device(native)
        stage(bench, configuration)
        set_name(configuration, b"last words")
        assert configuration.follow() is Status.OK
        for _ in range(3):
            assert name_after_boot(bench, configuration) == b"last words"

        assert name_after_boot(bench, configuration) == b"last words"
        assert bench.state().lifecycle is LifecycleState.REVERTED

    def test_a_damaged_current_file_gives_way_to_the_backup(self, native: Native) -> None:
        bench, configuration = device(native)
        stage(bench, configuration)
        name_after_boot(bench, configuration)
        set_name(configuration, b"new")
        bench.erase_flash(file_in(bench, b"new").offset)

        assert name_after_boot(bench, configuration) == b"old"

    def test_a_device_that_was_never_configured_says_so(self, native: Native) -> None:
        bench = SCENARIO.bench(native)
        bench.boot()

        assert configured(bench).open() is Status.STATE_LOST


@pytest.mark.parametrize("variant", list(CutVariant))
@pytest.mark.parametrize("chosen", [SCENARIO, PAGES], ids=["units of 4", "units of 32"])
def test_a_cut_at_every_operation_of_a_write_leaves_the_file_before_or_after(
    native: Native, chosen: Scenario, variant: CutVariant
) -> None:
    operation = 0
    was_lost = True
    while was_lost:
        operation += 1
        bench = chosen.bench(native)
        assert bench.boot() is Status.OK
        configuration = configured(bench)
        assert configuration.create() is Status.OK
        set_name(configuration, b"old")
        configuration.put(HOST_NAME, b"a name of some length, " * 5)
        bench.plan_cut(PowerCutPlan(operation=operation, variant=variant, seed=operation))
        was_lost = configuration.store() is Status.POWER_LOST
        bench.plan_cut(None)
        found = name_after_boot(bench, configuration)
        assert found in (b"old", b"a name of some length, " * 5)
        # What was found once stays.
        assert name_after_boot(bench, configuration) == found
        set_name(configuration, b"next")
        assert name_after_boot(bench, configuration) == b"next"
    assert operation > 3


@pytest.mark.parametrize("variant", list(CutVariant))
def test_a_cut_while_the_configuration_follows_an_update_is_survived(
    native: Native, variant: CutVariant
) -> None:
    for cut_boot in range(4):
        bench, configuration = device(native)
        stage(bench, configuration)
        for boot in range(4):
            assert bench.boot() is Status.OK
            if boot == cut_boot:
                bench.plan_cut(PowerCutPlan(operation=1, variant=variant, seed=boot))
            status = configuration.open()
            if status is Status.OK:
                status = configuration.follow()
            bench.plan_cut(None)
            if status is Status.OK and boot == 0:
                set_name(configuration, b"new")

        assert name_after_boot(bench, configuration) == b"old"
