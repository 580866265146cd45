"""The client's end of SMP over a serial line, written from its documentation and not from ours."""

import base64
import binascii
from struct import pack, unpack

import cbor2

from device_apply.core.device.bench import Bench

FIRST = b"\x06\x09"
NEXT = b"\x04\x14"
LINE_CHARACTERS = 124
READ, WRITE = 0, 2
OS, IMAGE = 0, 1
ECHO, RESET, PARAMETERS = 0, 5, 6
STATE, UPLOAD = 0, 1
PIECE_BYTES = 300


def message(operation: int, group: int, command: int, body: dict[str, object]) -> bytes:
    """Return a request of the protocol's second version."""
    content = cbor2.dumps(body)
    return pack(">BBHHBB", 1 << 3 | operation, 0, len(content), group, 7, command) + content


def lines(request: bytes, characters: int = LINE_CHARACTERS) -> bytes:
    """Return a message as it goes over the line."""
    checked = request + pack(">H", binascii.crc_hqx(request, 0))
    text = base64.b64encode(pack(">H", len(checked)) + checked)
    pieces = [text[at : at + characters] for at in range(0, len(text), characters)]
    return b"".join(
        (NEXT if index else FIRST) + piece + b"\n" for index, piece in enumerate(pieces)
    )


def reply(said: bytes) -> tuple[bytes, dict[str, object]]:
    """Return header and body of the one message that was said."""
    parts = said.split(b"\n")
    assert parts.pop() == b""
    assert [part[:2] for part in parts] == [FIRST] + [NEXT] * (len(parts) - 1)
    assert max(map(len, parts)) < 128
    content = b"".join(base64.b64decode(part[2:], validate=True) for part in parts)
    (length,) = unpack(">H", content[:2])
    assert length == len(content) - 2
    assert binascii.crc_hqx(content[2:-2], 0) == int.from_bytes(content[-2:], "big")
    body = cbor2.loads(content[10:-2])
    assert isinstance(body, dict)
    return content[2:10], body


def ask(
    bench: Bench, operation: int, group: int, command: int, body: dict[str, object]
) -> dict[str, object]:
    """Send a request and return the body of the answer."""
    header, answer = reply(bench.hear(lines(message(operation, group, command, body))))
    assert header[0] & 7 == operation + 1
    assert unpack(">HBB", header[4:]) == (group, 7, command)
    return answer


def upload(bench: Bench, package: bytes) -> dict[str, object]:
    """Upload as clients do: the next piece is the one that the answer names."""
    body: dict[str, object] = {"image": 0, "len": len(package), "off": 0}
    answer = ask(bench, WRITE, IMAGE, UPLOAD, body | {"data": package[:PIECE_BYTES]})
    while (offset := answer.get("off")) != len(package):
        if not isinstance(offset, int):
            return answer
        piece = package[offset : offset + PIECE_BYTES]
        answer = ask(bench, WRITE, IMAGE, UPLOAD, {"off": offset, "data": piece})
    return answer
