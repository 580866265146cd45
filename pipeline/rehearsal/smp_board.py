"""A simulated device that SMP clients can upload to: its server, its flash times and its resets.

    board = set_up(base, manifest, profile, verifier)
    SmpService(peripheral, SmpBoard(board).answer)      # before the client discovers services

Over `link_sim.ble.bumble_link` real clients take simulated time for it, flash included.
"""

from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.smp.server import SmpServer
from link_sim.ble.smp_answers import Answers


class SmpBoard:
    """The server of whatever runs on the board."""

    def __init__(self, board: Board) -> None:
        """Serve the device that the board has booted."""
        self._board = board
        self._server = SmpServer(board.device)

    def answer(self, data: bytes) -> Answers:
        """Take what a client wrote; the device is busy for as long as its flash was.

        After a power cut nothing is answered: the server is a new one that knows no upload.
        """
        frames: list[bytes] = []

        def serve(_device: SimulatedDevice) -> None:
            frames.extend(self._server.receive(data))

        before_s = self._board.device.usage.busy_s
        if not self._board.attempt(serve):
            self._server = SmpServer(self._board.device)
            return Answers()
        return Answers(frames=frames, after_s=self._board.device.usage.busy_s - before_s)
