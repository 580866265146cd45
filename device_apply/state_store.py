"""The device's state in flash: an append-only log of whole-state records that survives any cut.

The state region is divided into banks of whole sectors; one bank is current. The rules, each of
which stands for a way to lose state that fault sweeps have shown:

1. A record counts only with its CRC. The current bank is the one with the highest generation, the
   state is its last valid record by place. Records carry no number of their own: after a torn one
   the same number would be given again, and the torn one may read whole tomorrow.
2. The tail is behind the last *non-blank* record place, not behind the last valid record: what a
   torn program left behind is never programmed again. A refused program moves on to the next place
   (a unit can read blank and still be spent).
3. A bank is erased in the same power cycle in which it is first programmed: a sector that reads
   blank may be half erased.
4. A new bank begins with its first record twice, and a bank with fewer than two valid records is
   not current while another one has them. So a bank takes over only with a first record that no
   cut has touched, and cannot go blank again after the old bank was erased.
5. The state found at power-on is stated again before anyone acts on it: a record whose programming
   was cut may read well today and torn tomorrow.

Rule 5 costs one record per boot. With two banks of one 4 KiB sector (31 records each, the first
twice) a sector is erased every 62 boots: a part that stands 10 000 cycles stands 620 000 boots.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.device_state import DeviceState, StateRecord
from device_apply.errors import DeviceApplyError, FlashError
from device_apply.flash import Flash, erase_range, is_blank
from device_apply.profile import MIN_STATE_BANK_BYTES, Region

_RECORDS_AT_BIRTH: Final = 2


class StateLost(DeviceApplyError):  # noqa: N818 (as its base, it says what happened)
    """No valid state record exists: the device was never provisioned, or its flash is damaged."""


@dataclass(frozen=True, slots=True)
class _Bank:
    """What one bank holds."""

    number: int
    valid_records: int
    last: StateRecord
    tail: int
    """The first record place that may be programmed."""


class StateStore:
    """The log, opened: knows the state and appends the next one."""

    def __init__(self, flash: Flash, region: Region) -> None:
        """Divide the region into banks. `open` and `create` are the ways to a usable store."""
        self._flash = flash
        self._region = region
        # Two records at birth, one for rule 5 and one to move on: four never fill up by themselves.
        self._bank_bytes = flash.geometry.whole_sectors(MIN_STATE_BANK_BYTES)
        self._banks = region.size_bytes // self._bank_bytes
        self._places = self._bank_bytes // StateRecord.SIZE
        self._current: _Bank | None = None

    @classmethod
    def create(cls, flash: Flash, region: Region, state: DeviceState) -> Self:
        """Start a log in the factory, whatever the region held before."""
        store = cls(flash, region)
        erase_range(flash, region.offset, region.size_bytes)
        store._begin_bank(0, StateRecord(1, state))
        return store

    @classmethod
    def open(cls, flash: Flash, region: Region) -> Self:
        """Find the state and state it again (rule 5).

        Raises:
            StateLost: there is none.
        """
        store = cls(flash, region)
        banks = [bank for bank in map(store._scan_bank, range(store._banks)) if bank is not None]
        # Rule 4. Birth records alone (all else was torn) still beat having no state at all.
        settled = [bank for bank in banks if bank.valid_records >= _RECORDS_AT_BIRTH] or banks
        if not settled:
            raise StateLost("the state region holds no valid record")
        store._current = max(settled, key=lambda bank: bank.last.generation)  # rule 1
        store.append(store.state)
        return store

    @property
    def state(self) -> DeviceState:
        """The state stated last."""
        return self._bank.last.state

    def append(self, state: DeviceState) -> None:
        """State `state`; when this returns, it is what every later boot finds.

        Raises:
            device_apply.errors.FlashError: a freshly erased bank refuses to be programmed.
        """
        bank = self._bank
        record = StateRecord(bank.last.generation, state)
        place = self._program_from(bank.number, bank.tail, record)
        if place is None:
            next_bank = (bank.number + 1) % self._banks
            self._begin_bank(next_bank, StateRecord(bank.last.generation + 1, state))
        else:
            self._current = _Bank(bank.number, bank.valid_records + 1, record, place + 1)

    @property
    def _bank(self) -> _Bank:
        if self._current is None:
            raise RuntimeError("a state store comes from open() or create()")
        return self._current

    def _scan_bank(self, number: int) -> _Bank | None:
        last, valid_records, tail = None, 0, 0
        for place in range(self._places):
            data = self._flash.read(self._offset(number, place), StateRecord.SIZE)
            if is_blank(data):
                continue
            tail = place + 1  # rule 2
            record = StateRecord.from_bytes(data)
            if record is not None:
                last, valid_records = record, valid_records + 1
        return None if last is None else _Bank(number, valid_records, last, tail)

    def _begin_bank(self, number: int, record: StateRecord) -> None:
        erase_range(self._flash, self._offset(number, 0), self._bank_bytes)  # rule 3
        tail = 0
        for _ in range(_RECORDS_AT_BIRTH):  # rule 4
            place = self._program_from(number, tail, record)
            if place is None:
                raise FlashError(f"state bank {number} refuses to be programmed after its erase")
            tail = place + 1
        self._current = _Bank(number, _RECORDS_AT_BIRTH, record, tail)

    def _program_from(self, bank: int, tail: int, record: StateRecord) -> int | None:
        """Program a record at `tail` or the first place behind that accepts it (rule 2)."""
        for place in range(tail, self._places):
            try:
                self._flash.program(self._offset(bank, place), record.to_bytes())
            except FlashError:
                continue
            return place
        return None

    def _offset(self, bank: int, place: int) -> int:
        return self._region.offset + bank * self._bank_bytes + place * StateRecord.SIZE
