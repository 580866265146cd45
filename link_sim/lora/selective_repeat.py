"""Repair by sending again what was lost: a TS004 session with one device.

1. FragSessionSetupReq down, its answer up, repeated until answered.
2. Every fragment once, each in its own downlink. The last one is padded: TS004 fragments have one
   size.
3. FragSessionStatusReq down; the device answers after a random delay with what it misses; what it
   listed is sent again; and so on, until nothing is missing.

TS004's own status answer only counts what is missing. Here it is followed by the missing numbers,
two bytes each, in as many uplinks as they take: the simplest repair for a single device. For a
multicast group, and for devices that speak nothing but TS004, there is `coded_repair`.
"""

from collections.abc import Sequence

from link_sim.lora.dialogue import MAX_ATTEMPTS, Dialogue
from link_sim.transports import ts004


class SelectiveRepeat:
    """One run of the protocol."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    def run(self) -> None:
        """Carry the session to its end."""
        session = self._dialogue.session
        if not self._dialogue.set_up():
            return
        while missing := session.begin_round():
            server_must_ask = session.round_number > 1 or len(missing) < session.fragment_count
            for index in self._ask_status(missing) if server_must_ask else missing:
                if self._dialogue.send_fragment(index):
                    session.deliver(index)

    def _ask_status(self, missing: Sequence[int]) -> Sequence[int]:
        """Return those missing fragments that the server comes to know of."""
        settings = self._dialogue.settings
        spread_s = ts004.status_answer_spread_s(settings.block_ack_delay)
        per_uplink = settings.status_numbers_per_uplink
        batches = [missing[i : i + per_uplink] for i in range(0, len(missing), per_uplink)]
        answers = [
            ts004.STATUS_ANSWER_BYTES + ts004.FRAGMENT_NUMBER_BYTES * len(batch)
            for batch in batches
        ]
        for _ in range(MAX_ATTEMPTS):
            arrived = self._dialogue.exchange(ts004.STATUS_REQUEST_BYTES, spread_s, answers)
            if any(arrived):
                return [
                    number
                    for batch, heard in zip(batches, arrived, strict=True)
                    for number in batch
                    if heard
                ]
        return ()
