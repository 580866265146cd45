"""AES as LoRaWAN uses it."""

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.lora.ciphers import cmac, data_block_key, data_block_mic, encrypt_block


def test_one_block_is_encrypted_as_in_fips_197() -> None:
    key = bytes(range(16))
    block = bytes.fromhex("00112233445566778899aabbccddeeff")

    assert encrypt_block(key, block).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_the_cmac_is_that_of_rfc_4493() -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")

    assert cmac(key, b"").hex() == "bb1d6929e95937287fa37d129b756746"
    assert (
        cmac(key, bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")).hex()
        == "070a16b46b4d4144f79bdd9dd04a287c"
    )


def test_the_mic_of_a_data_block_agrees_with_loramac_node() -> None:
    key = data_block_key(bytes(range(16)))

    mic = data_block_mic(
        key,
        bytes(range(100)),
        session_count=1,
        session_index=0,
        descriptor=bytes.fromhex("01020304"),
    )

    assert key.hex() == "017a8bd9ecd102ba4bb7946d3d8707e0"
    assert mic.hex() == "7f4d4e78"


def test_wrong_lengths_are_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="key: must be 16 bytes"):
        encrypt_block(bytes(15), bytes(16))
    with pytest.raises(ImpossibleValueError, match="block"):
        encrypt_block(bytes(16), bytes(17))
    with pytest.raises(ImpossibleValueError, match="descriptor"):
        data_block_mic(bytes(16), b"", session_count=0, session_index=0, descriptor=b"")
