"""HSS/LMS keys in files: stateful signatures (RFC 8554), each of which uses up one leaf of a tree.

Two signatures with one leaf give the key away, so which leaf comes next is on disk, twice, before
a signature leaves: beside the key, and in a *witness* in the user's state folder, where a backup of
the key's folder does not bring it back. A state that is older than its witness is refused. Whoever
copies key, state and witness to a second machine and signs on both defeats this; for that there are
HSMs (NIST SP 800-208, 7).

    KEY.lms         JSON: types, identifier, leaves of the tree (public), seed (encrypted)
    KEY.lms.state   JSON: fingerprint of the key, number of the next leaf
"""

import fcntl
import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from device_apply.hss_lms import (
    HssLmsPublicKey,
    chain,
    leaf_hash,
    node_hash,
    one_time_digits,
    one_time_public_key,
)
from device_apply.wire.cose import CoseAlgorithm
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.input_files import read_input_file
from pipeline.json_document import Json, read_json
from pipeline.keys.key_files import refuse_access_for_others
from pipeline.keys.pkcs8_encryption import SCRYPT_N, SCRYPT_P, SCRYPT_R

KEY_SCHEMA: Final = "airdelta-lms-key-1"
STATE_SCHEMA: Final = "airdelta-lms-state-1"
DEFAULT_HEIGHT: Final = 10
"""1,024 signatures of 1,456 bytes."""
_ONE_TIME_TYPE: Final = 4
"""LMOTS_SHA256_N32_W8: the smallest signatures."""
_TREE_TYPES: Final = {5: 5, 10: 6, 15: 7}
_MAX_FILE_BYTES: Final = 4 << 20
_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_D_SEED: Final = b"\xff"
_U32: Final = Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsKey:
    """A tree: its public parts, and the seed that all its one-time keys come from."""

    height: int
    identifier: bytes
    leaves: tuple[bytes, ...]
    seed: bytes

    @classmethod
    def generate(cls, height: int = DEFAULT_HEIGHT) -> Self:
        """Make a key; with a height of 10 that takes about 9 million hashes."""
        identifier, seed = os.urandom(16), os.urandom(_SECRET_BYTES)
        leaves = (_leaf(identifier, seed, leaf, height) for leaf in range(1 << height))
        return cls(height=height, identifier=identifier, leaves=tuple(leaves), seed=seed)

    @property
    def public_key(self) -> HssLmsPublicKey:
        """The key that verifies its signatures."""
        root = self._levels()[-1][0]
        return HssLmsPublicKey(_TREE_TYPES[self.height], _ONE_TIME_TYPE, self.identifier, root)

    def sign(self, leaf: int, message: bytes) -> bytes:
        """Sign with one leaf, which must never sign again: `LmsSigner` sees to that."""
        prefix = self.identifier + _U32.pack(leaf)
        randomiser = os.urandom(_SECRET_BYTES)
        digest = hashlib.sha256(prefix + b"\x81\x81" + randomiser + message).digest()
        chains = [
            chain(prefix, number, _start(prefix, number, self.seed), range(digit))
            for number, digit in enumerate(one_time_digits(_ONE_TIME_TYPE, digest))
        ]
        path = [level[leaf >> depth ^ 1] for depth, level in enumerate(self._levels()[:-1])]
        one_time = _U32.pack(_ONE_TIME_TYPE) + randomiser + b"".join(chains)
        tree_type = _U32.pack(_TREE_TYPES[self.height])
        return _U32.pack(0) + _U32.pack(leaf) + one_time + tree_type + b"".join(path)

    def _levels(self) -> list[list[bytes]]:
        levels = [list(self.leaves)]
        while len(levels[-1]) > 1:
            below, first = levels[-1], len(levels[-1]) // 2
            levels.append(
                [
                    node_hash(self.identifier, first + n, below[2 * n], below[2 * n + 1])
                    for n in range(first)
                ]
            )
        return levels


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsSigner:
    """A signer that counts its leaves on disk."""

    key: LmsKey
    path: Path
    witness_folder: Path

    @property
    def algorithm(self) -> CoseAlgorithm:
        """HSS/LMS."""
        return CoseAlgorithm.HSS_LMS

    @property
    def public_key_pem(self) -> bytes:
        """The key that verifies the signatures, as SubjectPublicKeyInfo in PEM."""
        return self.key.public_key.to_pem()

    def sign(self, to_be_signed: bytes) -> bytes:
        """Use up a leaf, on disk, then sign with it.

        Raises:
            InputError: the state is older than its witness, or no leaf is left.
            EnvironmentProblem: the state cannot be written; no signature was made.
        """
        with _locked(self.path):
            leaf = self._next_leaf()
            _write_state(state_path(self.path), self.key, leaf + 1)
            _write_state(self._witness, self.key, leaf + 1)
            return self.key.sign(leaf, to_be_signed)

    @property
    def _witness(self) -> Path:
        return self.witness_folder / f"{_fingerprint(self.key)}.state"

    def _next_leaf(self) -> int:
        state, witness = state_path(self.path), self._witness
        if not witness.exists():
            raise InputError(
                f"{witness}: is missing: this machine has never signed with {self.path}. Bring it"
                " along from the machine that signed last, and do not sign there any more"
            )
        leaf, witnessed = _read_state(state, self.key), _read_state(witness, self.key)
        if leaf < witnessed:
            raise InputError(
                f"{state}: is older than {witness}: {witnessed - leaf} signatures were made since,"
                " and leaves that sign twice give the key away: restore the newest state, or make a"
                " new key"
            )
        if leaf >> self.key.height:
            raise InputError(
                f"{self.path}: all {1 << self.key.height} signatures are used up: make a new key"
                " and hand over to it with `airdelta keys rotate`"
            )
        return leaf


def create_lms_files(
    path: Path, key: LmsKey, passphrase: bytes | None, witness_folder: Path
) -> Mapping[Path, tuple[bytes, int]]:
    """Return the files of a new key with their modes: key, state, witness."""
    state = _state_bytes(key, 0)
    witness = witness_folder / f"{_fingerprint(key)}.state"
    return {
        path: (_key_bytes(key, passphrase), 0o600),
        state_path(path): (state, 0o600),
        witness: (state, 0o600),
    }


def state_path(path: Path) -> Path:
    """Return where the state of a key lies."""
    return path.with_name(path.name + ".state")


def is_lms_key(path: Path) -> bool:
    """Whether a key file is one of these: JSON, where all others are PEM or hex digits.

    Raises:
        InputError: there is no such file.
        EnvironmentProblem: the system does not let it be read.
    """
    return read_input_file(path, "key", _MAX_FILE_BYTES)[:1] == b"{"


def lms_key_is_encrypted(path: Path) -> bool:
    """Whether the seed needs a passphrase.

    Raises:
        InputError: not such a key.
    """
    return "scrypt_salt" in _document(path)


def load_lms_key(path: Path, passphrase: bytes | None) -> LmsKey:
    """Read a key; its state is not looked at.

    Raises:
        InputError: not such a key, readable for others, or a wrong or missing passphrase.
    """
    refuse_access_for_others(path)
    document = _document(path)
    try:
        identifier = bytes.fromhex(str(document["identifier"]))
        leaves = b64decode(str(document["leaves"]), validate=True)
        height = int(str(document["height"]))
        stored = bytes.fromhex(str(document["seed"]))
        salt = bytes.fromhex(str(document.get("scrypt_salt", "")))
    except (KeyError, ValueError) as problem:
        raise InputError(f"{path}: is damaged: restore it") from problem
    if height not in _TREE_TYPES or len(leaves) != _SECRET_BYTES << height:
        raise InputError(f"{path}: is damaged: restore it")
    seed = stored if not salt else _decrypted(path, stored, salt, identifier, passphrase)
    split = tuple(leaves[at : at + _SECRET_BYTES] for at in range(0, len(leaves), _SECRET_BYTES))
    return LmsKey(height=height, identifier=identifier, leaves=split, seed=seed)


def _leaf(identifier: bytes, seed: bytes, leaf: int, height: int) -> bytes:
    prefix = identifier + _U32.pack(leaf)
    most = one_time_digits(_ONE_TIME_TYPE, bytes(_SECRET_BYTES))
    ends = [
        chain(prefix, number, _start(prefix, number, seed), range(255))
        for number in range(len(most))
    ]
    return leaf_hash(identifier, leaf + (1 << height), one_time_public_key(prefix, ends))


def _start(prefix: bytes, number: int, seed: bytes) -> bytes:
    """Return where a chain begins (RFC 8554, appendix A)."""
    return hashlib.sha256(prefix + number.to_bytes(2, "big") + _D_SEED + seed).digest()


def _fingerprint(key: LmsKey) -> str:
    return hashlib.sha256(key.public_key.to_bytes()).hexdigest()[:32]


def _key_bytes(key: LmsKey, passphrase: bytes | None) -> bytes:
    document: dict[str, Json] = {
        "schema": KEY_SCHEMA,
        "height": key.height,
        "identifier": key.identifier.hex(),
        "leaves": b64encode(b"".join(key.leaves)).decode("ascii"),
        "seed": key.seed.hex(),
    }
    if passphrase is not None:
        salt, nonce = os.urandom(16), os.urandom(_NONCE_BYTES)
        encrypted = AESGCM(_derived(passphrase, salt)).encrypt(nonce, key.seed, key.identifier)
        document |= {"scrypt_salt": salt.hex(), "seed": (nonce + encrypted).hex()}
    return (json.dumps(document, indent=1) + "\n").encode()


def _derived(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)


def _decrypted(
    path: Path, stored: bytes, salt: bytes, identifier: bytes, passphrase: bytes | None
) -> bytes:
    if not passphrase:
        raise InputError(
            f"{path}: is protected by a passphrase: give it with --passphrase-file"
            " or AIRDELTA_PASSPHRASE"
        )
    nonce, encrypted = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
    try:
        return AESGCM(_derived(passphrase, salt)).decrypt(nonce, encrypted, identifier)
    except (InvalidTag, ValueError) as problem:
        raise InputError(f"{path}: wrong passphrase, or the file is damaged") from problem


def _document(path: Path) -> Mapping[str, Json]:
    try:
        document = read_json(read_input_file(path, "HSS/LMS key", _MAX_FILE_BYTES))
    except ValueError as problem:
        raise InputError(f"{path}: is damaged ({problem}): restore it") from problem
    if not isinstance(document, Mapping) or document.get("schema") != KEY_SCHEMA:
        raise InputError(f"{path}: is no HSS/LMS key of airdelta")
    return document


# --- the state ----------------------------------------------------------------


def _state_bytes(key: LmsKey, next_leaf: int) -> bytes:
    state = {"schema": STATE_SCHEMA, "fingerprint": _fingerprint(key), "next_leaf": next_leaf}
    return (json.dumps(state) + "\n").encode()


def _read_state(path: Path, key: LmsKey) -> int:
    try:
        document = read_json(read_input_file(path, "state of an HSS/LMS key", _MAX_FILE_BYTES))
    except ValueError as problem:
        raise InputError(f"{path}: is damaged ({problem}): restore the newest one") from problem
    match document:
        case {"schema": schema, "fingerprint": name, "next_leaf": int(leaf)} if (
            schema == STATE_SCHEMA and name == _fingerprint(key) and leaf >= 0
        ):
            return leaf
        case _:
            raise InputError(f"{path}: is not the state of this key: restore the newest one")


def _write_state(path: Path, key: LmsKey, next_leaf: int) -> None:
    """Have the state on disk, not only in a cache, when this returns."""
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("wb") as file:
            file.write(_state_bytes(key, next_leaf))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as problem:
        raise EnvironmentProblem(
            f"{path}: cannot be written ({problem.strerror}): no signature was made"
        ) from problem


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time count."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
