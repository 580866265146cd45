"""Taps between a client and a server: they pass everything on and keep what passed."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import cast

READ_BYTES = 65_536


class UdpTap(asyncio.DatagramProtocol):
    """Keeps the datagrams of both directions."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._client: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self.up: list[bytes] = []
        self.down: list[bytes] = []

    @property
    def port(self) -> int:
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        if addr[:2] == self._server:
            self.down.append(data)
            self._transport.sendto(data, self._client)
        else:
            self._client = addr
            self.up.append(data)
            self._transport.sendto(data, self._server)


@asynccontextmanager
async def udp_tap(server_port: int) -> AsyncIterator[UdpTap]:
    """Open a tap in front of a server on this host."""
    loop = asyncio.get_running_loop()
    transport, tap = await loop.create_datagram_endpoint(
        lambda: UdpTap(("::1", server_port)), local_addr=("::1", 0)
    )
    yield tap
    transport.close()


def free_udp_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        port: int = probe.getsockname()[1]
        return port


class TcpTap:
    """Counts the bytes of one connection in both directions."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.up_bytes = self.down_bytes = 0

    def run(self) -> None:
        """Carry one connection to its end."""
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
            upward = threading.Thread(target=self._carry_up, args=(client, server))
            upward.start()
            while data := server.recv(READ_BYTES):
                self.down_bytes += len(data)
                client.sendall(data)
            upward.join()
        self._listener.close()

    def _carry_up(self, client: socket.socket, server: socket.socket) -> None:
        while data := client.recv(READ_BYTES):
            self.up_bytes += len(data)
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)


@contextmanager
def tcp_tap(server_port: int) -> Iterator[TcpTap]:
    """Open a tap for one connection to a server on this host; leave when it has been closed."""
    tap = TcpTap(server_port)
    thread = threading.Thread(target=tap.run)
    thread.start()
    yield tap
    thread.join()
