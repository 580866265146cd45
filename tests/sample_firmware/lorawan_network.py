"""The network's half of LoRaWAN 1.0.4, written from the specification with `cryptography`.

Independent of the firmware: what the node encrypts and signs in C is opened here in Python.
"""

import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC

UP, DOWN = 0, 1


def aes_encrypt(key: bytes, blocks: bytes) -> bytes:
    return Cipher(AES128(key), ECB()).encryptor().update(blocks)  # noqa: S305 (LoRaWAN's own)


def aes_decrypt(key: bytes, blocks: bytes) -> bytes:
    return Cipher(AES128(key), ECB()).decryptor().update(blocks)  # noqa: S305 (LoRaWAN's own)


def cmac4(key: bytes, data: bytes) -> bytes:
    mac = CMAC(AES128(key))
    mac.update(data)
    return mac.finalize()[:4]


def data_mic(key: bytes, direction: int, address: int, counter: int, frame: bytes) -> bytes:
    b0 = struct.pack("<BIBIIBB", 0x49, 0, direction, address, counter, 0, len(frame))
    return cmac4(key, b0 + frame)


def crypt(key: bytes, direction: int, address: int, counter: int, payload: bytes) -> bytes:
    """Encrypt or decrypt FRMPayload (section 4.3.3)."""
    stream = b"".join(
        aes_encrypt(key, struct.pack("<BIBIIBB", 0x01, 0, direction, address, counter, 0, i + 1))
        for i in range((len(payload) + 15) // 16)
    )
    return bytes(left ^ right for left, right in zip(payload, stream, strict=False))


@dataclass(frozen=True)
class Uplink:
    """A data frame from the node, checked and decrypted."""

    address: int
    counter: int
    options: bytes
    port: int
    payload: bytes


@dataclass(frozen=True)
class Network:
    """A session as the network server sees it."""

    address: int
    network_key: bytes
    application_key: bytes

    def open_uplink(self, frame: bytes) -> Uplink:
        header, address, control, counter = struct.unpack_from("<BIBH", frame)
        body, mic = frame[:-4], frame[-4:]
        if header not in {0x40, 0x80}:
            raise ValueError(f"not a data uplink: {header:#x}")
        if mic != data_mic(self.network_key, UP, address, counter, body):
            raise ValueError("MIC of the uplink is wrong")
        options_end = 8 + (control & 0x0F)
        return Uplink(
            address=address,
            counter=counter,
            options=body[8:options_end],
            port=body[options_end],
            payload=crypt(self.application_key, UP, address, counter, body[options_end + 1 :]),
        )

    def downlink(self, counter: int, port: int, payload: bytes) -> bytes:
        key = self.network_key if port == 0 else self.application_key
        body = struct.pack("<BIBHB", 0x60, self.address, 0, counter, port)
        body += crypt(key, DOWN, self.address, counter, payload)
        return body + data_mic(self.network_key, DOWN, self.address, counter, body)


@dataclass(frozen=True)
class JoinServer:
    """Answers a join request, sections 6.2.2 and 6.2.3."""

    root_key: bytes
    device_eui: bytes
    address: int
    join_nonce: bytes = b"\x01\x02\x03"
    network_id: bytes = b"\x13\x00\x00"

    def accept(self, request: bytes, fifth_channel_hz: int) -> tuple[bytes, Network]:
        """Return the encrypted accept, with one more channel in its list, and the session."""
        body, mic = request[:-4], request[-4:]
        if len(request) != 23 or mic != cmac4(self.root_key, body):
            raise ValueError("not a join request of this device")
        if body[9:17][::-1] != self.device_eui:
            raise ValueError("join request of another device")
        device_nonce = body[17:19]
        channels = (fifth_channel_hz // 100).to_bytes(3, "little") + bytes(12) + b"\x00"
        settings = b"\x00\x01"  # RX1 offset 0, RX2 at data rate 0; RX1 after 1 s
        plain = self.join_nonce + self.network_id + struct.pack("<I", self.address) + settings
        plain += channels
        plain += cmac4(self.root_key, b"\x20" + plain)
        shared = self.join_nonce + self.network_id + device_nonce + bytes(7)
        network = Network(
            address=self.address,
            network_key=aes_encrypt(self.root_key, b"\x01" + shared),
            application_key=aes_encrypt(self.root_key, b"\x02" + shared),
        )
        return b"\x20" + aes_decrypt(self.root_key, plain), network
