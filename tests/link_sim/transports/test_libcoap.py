"""Debian's libcoap client downloads from aiocoap's server: two others agree with our counts."""

import asyncio
import shutil
import subprocess
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from link_sim.transports.coap import BlockDownload, block_count
from tests.link_sim.transports.taps import UdpTap, free_udp_port, udp_tap

aiocoap: Any = pytest.importorskip("aiocoap", reason="needs aiocoap")
resource: Any = import_module("aiocoap.resource")

CLIENT = shutil.which("coap-client-notls") or ""
pytestmark = pytest.mark.skipif(not CLIENT, reason="needs Debian's libcoap3-bin")

CONTENT = bytes(range(256)) * 40
URI_PORT_BYTES = 3
"""libcoap names the port in every request; ours are sent to the default one, which needs no option.

The option stands before Uri-Path, whose own delta then still fits its first byte.
"""


class Firmware(resource.Resource):  # type: ignore[misc]  # aiocoap may be missing
    async def render_get(self, _request: Any) -> Any:  # noqa: ANN401 (aiocoap's own types)
        return aiocoap.Message(payload=CONTENT, etag=b"v2v2")


def download(block_bytes: int, file: Path) -> UdpTap:
    """Let libcoap's client download the content into a file."""

    async def main() -> UdpTap:
        site = resource.Site()
        site.add_resource(["fw"], Firmware())
        port = free_udp_port()
        server = await aiocoap.Context.create_server_context(site, bind=("::1", port))
        async with udp_tap(port) as tap:
            uri = f"coap://[::1]:{tap.port}/fw"
            options = ("-m", "get", "-b", str(block_bytes), "-o", str(file))
            client = await asyncio.create_subprocess_exec(
                CLIENT, *options, uri, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            assert await client.wait() == 0
        await server.shutdown()
        return tap

    return asyncio.run(main())


def token_bytes(datagram: bytes) -> int:
    """Return the length of a message's token (RFC 7252 section 3); libcoap's grows."""
    return datagram[0] & 0x0F


@pytest.mark.parametrize("block_bytes", [64, 256, 512, 1024])
def test_every_message_of_a_download_has_the_size_that_we_count(
    block_bytes: int, tmp_path: Path
) -> None:
    file = tmp_path / "fw"

    tap = download(block_bytes, file)

    model = BlockDownload(path="fw", block_bytes=block_bytes, etag_bytes=4)
    sizes = [block_bytes] * (len(CONTENT) // block_bytes)
    assert file.read_bytes() == CONTENT
    assert len(tap.up) == len(tap.down) == block_count(len(CONTENT), block_bytes)
    assert [len(datagram) for datagram in tap.up] == [
        replace(model, token_bytes=token_bytes(datagram)).request_bytes(number) + URI_PORT_BYTES
        for number, datagram in enumerate(tap.up)
    ]
    assert [len(datagram) for datagram in tap.down] == [
        replace(model, token_bytes=token_bytes(datagram)).response_overhead_bytes(number) + size
        for number, (datagram, size) in enumerate(zip(tap.down, sizes, strict=True))
    ]
