"""Signing elsewhere: requests in a folder, answers checked before they are believed."""

import subprocess
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.keys.external_signer import ExternalSigner, SignatureWanted
from pipeline.keys.key_files import load_public_key
from pipeline.keys.new_keys import KeyAlgorithm, create_key_pair

MESSAGE = b"the bytes of a Sig_structure" * 20
ALGORITHMS = (KeyAlgorithm.ED25519, KeyAlgorithm.P256)


def make_signer(folder: Path, algorithm: KeyAlgorithm) -> ExternalSigner:
    create_key_pair(folder / "key.pem", algorithm, None)
    return ExternalSigner(load_public_key(folder / "key.pub.pem"), folder)


def want(signer: ExternalSigner) -> SignatureWanted:
    with pytest.raises(SignatureWanted) as caught:
        signer.sign(MESSAGE)
    return caught.value


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_printed_openssl_command_makes_the_signature_that_is_wanted(
    tmp_path: Path, algorithm: KeyAlgorithm
) -> None:
    signer = make_signer(tmp_path, algorithm)
    wanted = want(signer)
    wanted.request.write_bytes(wanted.to_be_signed)

    command = str(wanted).split("`")[1].replace("KEY.pem", str(tmp_path / "key.pem"))
    subprocess.run(command.split(), check=True, capture_output=True)

    signature = signer.sign(MESSAGE)
    assert len(signature) == 64
    assert signer.public_key.accepts(MESSAGE, signature)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_answer_that_is_no_signature_over_the_request_is_refused(
    tmp_path: Path, algorithm: KeyAlgorithm
) -> None:
    signer = make_signer(tmp_path, algorithm)
    answer = want(signer).request.with_suffix(".sig")

    for brought in (b"", bytes(64), bytes(63), bytes.fromhex("3006020101020101"), b"0" * 72):
        answer.write_bytes(brought)
        with pytest.raises(InputError, match="sign that file again, or remove this one"):
            signer.sign(MESSAGE)


def test_other_bytes_are_another_request(tmp_path: Path) -> None:
    signer = make_signer(tmp_path, KeyAlgorithm.ED25519)
    with pytest.raises(SignatureWanted) as caught:
        signer.sign(MESSAGE + b"!")

    assert caught.value.request != want(signer).request
