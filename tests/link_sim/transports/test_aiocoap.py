"""Our CoAP sizes against aiocoap: message by message, and over a real socket."""

import asyncio
from importlib import import_module
from typing import Any

import pytest

from link_sim.transports.coap import BLOCK_SIZES, BlockDownload, BlockUpload, block_count
from tests.link_sim.transports.taps import UdpTap, free_udp_port, udp_tap

aiocoap: Any = pytest.importorskip("aiocoap", reason="needs aiocoap")
resource: Any = import_module("aiocoap.resource")

TOKEN = b"1234"
ETAG = b"abcd"


def encoded_bytes(code: Any, payload: bytes = b"", **options: Any) -> int:  # noqa: ANN401 (aiocoap's own types)
    """Return the size of a message as aiocoap writes it."""
    message = aiocoap.Message(code=code, payload=payload)
    message.mtype, message.mid, message.token = aiocoap.CON, 1, TOKEN
    for name, value in options.items():
        setattr(message.opt, name, value)
    return len(message.encode())


@pytest.mark.parametrize("path", ["fw", "5/0/0", "updates/some-rather-long-name"])
@pytest.mark.parametrize("block", [0, 1, 15, 16, 100, 4095, 4096, 5000, 70_000])
@pytest.mark.parametrize("szx", [0, 2, 6])
def test_every_block2_message_has_aiocoaps_size(path: str, block: int, szx: int) -> None:
    download = BlockDownload(path=path, block_bytes=BLOCK_SIZES[szx], etag_bytes=len(ETAG))

    request = encoded_bytes(
        aiocoap.GET, uri_path=tuple(path.split("/")), block2=(block, False, szx)
    )
    response = encoded_bytes(aiocoap.CONTENT, b"x", etag=ETAG, block2=(block, False, szx))

    assert download.request_bytes(block) == request
    assert download.response_overhead_bytes(block) + 1 == response


@pytest.mark.parametrize("block", [0, 15, 16, 5000])
def test_every_block1_message_has_aiocoaps_size(block: int) -> None:
    upload = BlockUpload(path="5/0/0", block_bytes=512)

    request = encoded_bytes(
        aiocoap.PUT,
        b"x",
        uri_path=("5", "0", "0"),
        content_format=42,
        block1=(block, True, 5),
    )
    response = encoded_bytes(aiocoap.CONTINUE, block1=(block, True, 5))

    assert upload.request_overhead_bytes(block) + 1 == request
    assert upload.response_bytes(block) == response


class _Firmware(resource.Resource):  # type: ignore[misc]  # aiocoap may be missing
    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    async def render_get(self, _request: Any) -> Any:  # noqa: ANN401 (aiocoap's own types)
        return aiocoap.Message(payload=self._content)


def test_a_real_download_sends_the_bytes_that_we_count() -> None:
    content = bytes(range(256)) * 80

    port = free_udp_port()

    async def download() -> tuple[bytes, UdpTap]:
        site = resource.Site()
        site.add_resource(["fw"], _Firmware(content))
        server = await aiocoap.Context.create_server_context(site, bind=("::1", port))
        async with udp_tap(port) as tap:
            client = await aiocoap.Context.create_client_context()
            request = aiocoap.Message(code=aiocoap.GET, uri=f"coap://[::1]:{tap.port}/fw")
            answer = await client.request(request).response
            await client.shutdown()
        await server.shutdown()
        return answer.payload, tap

    payload, tap = asyncio.run(download())

    assert payload == content
    token_bytes = tap.up[0][0] & 0xF
    etag = next((1 for one in tap.down[:1] if b"\x48" in one[4 + token_bytes : 6 + token_bytes]), 0)
    model = BlockDownload(
        path="fw", block_bytes=1024, token_bytes=token_bytes, etag_bytes=8 if etag else 0
    )
    blocks = range(block_count(len(content), 1024))
    assert len(tap.down) == len(blocks)
    assert sum(map(len, tap.down)) == len(content) + sum(map(model.response_overhead_bytes, blocks))
    # The first request of a client that leaves the block size to the server has no Block2 option.
    assert sum(map(len, tap.up)) == pytest.approx(sum(map(model.request_bytes, blocks)), abs=40)
