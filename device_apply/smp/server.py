"""The SMP server of a device: frames in, frames out, and an update on its way into flash.

It answers what an upload asks: echo, the transport's parameters, and image upload. Everything else
is "not supported". A request that asks for the impossible gets a return code and the reason as
text; bytes that are no frame are dropped, since nobody could tell whom to answer.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from device_apply.errors import ApplyFailed, DeviceApplyError, FormatError
from device_apply.smp.frame import Operation, ReturnCode, SmpHeader
from device_apply.smp.package_upload import PackageUpload, UpdateDevice
from device_apply.smp.text_map import Value, decode_map, encode_map

OS_GROUP, IMAGE_GROUP = 0, 1
ECHO, PARAMETERS, UPLOAD = 0, 6, 1
MAX_FRAME_BYTES: Final = 2048
"""Largest request that the server has a buffer for, header included."""
BUFFERS: Final = 4
"""Requests that a client may have under way, as Zephyr's default has it."""

_Body: TypeAlias = dict[str, Value]


class SmpServer:
    """One power cycle of a server; its uploads end with a reset."""

    def __init__(self, device: UpdateDevice) -> None:
        """Serve uploads to a device that has booted."""
        self._device = device
        self._received = b""
        self._upload: PackageUpload | None = None
        self._commands: Mapping[tuple[Operation, int, int], Callable[[_Body], _Body]] = {
            (Operation.WRITE, OS_GROUP, ECHO): self._echo,
            (Operation.READ, OS_GROUP, PARAMETERS): self._parameters,
            (Operation.WRITE, IMAGE_GROUP, UPLOAD): self._write_upload,
        }

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes as the transport brings them; return the responses to the requests in them."""
        self._received += data
        responses = []
        while len(self._received) >= SmpHeader.SIZE:
            try:
                header = SmpHeader.from_bytes(self._received)
            except FormatError:
                self._received = b""
                break
            end = SmpHeader.SIZE + header.body_bytes
            if end > MAX_FRAME_BYTES:
                self._received = b""
                break
            if len(self._received) < end:
                break
            body, self._received = self._received[SmpHeader.SIZE : end], self._received[end:]
            if header.operation in (Operation.READ, Operation.WRITE):
                responses.append(self._respond(header, body))
        return responses

    def _respond(self, request: SmpHeader, body: bytes) -> bytes:
        answer = encode_map(self._answer(request, body))
        return request.response(len(answer)).to_bytes() + answer

    def _answer(self, request: SmpHeader, body: bytes) -> _Body:
        command = self._commands.get((request.operation, request.group, request.command))
        if command is None:
            return {"rc": ReturnCode.NOT_SUPPORTED}
        try:
            return command(decode_map(body))
        except FormatError as error:
            return {"rc": ReturnCode.INVALID, "rsn": str(error)}
        except ApplyFailed as error:
            return {"rc": ReturnCode.CORRUPT, "rsn": str(error)}
        except DeviceApplyError as error:
            return {"rc": ReturnCode.ACCESS_DENIED, "rsn": str(error)}

    def _echo(self, body: _Body) -> _Body:
        return {"r": body.get("d")}

    def _parameters(self, _body: _Body) -> _Body:
        return {"buf_size": MAX_FRAME_BYTES, "buf_count": BUFFERS}

    def _write_upload(self, body: _Body) -> _Body:
        offset, data, total = body.get("off"), body.get("data"), body.get("len")
        if type(offset) is not int or not isinstance(data, bytes):
            raise FormatError("upload: needs off and data")
        if offset == 0:
            if type(total) is not int or not total:
                raise FormatError("upload: the first request needs len")
            self._upload = PackageUpload(self._device, total)
        if self._upload is None:
            # Whoever goes on with an upload that a reset has ended is told to begin anew.
            return {"rc": ReturnCode.OK, "off": 0}
        upload, self._upload = self._upload, None
        upload.write(offset, data)
        self._upload = upload  # not reached if the device refuses: that upload is over
        return {"rc": ReturnCode.OK, "off": upload.offset}
