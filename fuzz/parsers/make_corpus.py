"""Make the inputs that fuzzing of parsers starts from: `python -m fuzz.parsers.make_corpus`.

They are what our own commands write and read: packages, payloads of every engine for a small pair
of images, images in every format, the profiles that are on board.
"""

import json
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Final

import bincopy
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from device_apply.profile_toml import builtin_profile_names, builtin_profile_text
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, payload_identity
from device_apply.wire.encryption import ContentCipher, EncryptionInfo, Recipient
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from fuzz.parsers.targets import BASE, NEW_BYTES, TARGETS
from pipeline.engines.registry import ENGINES, engine_named
from pipeline.keys.signer import LocalSigner
from pipeline.size_gate.baseline import Baseline

CORPUS: Final = Path(__file__).parent / "corpus"
ROOT: Final = Path(__file__).parents[2]
SAMPLES: Final = ROOT / "sample_firmware"
NEW: Final = BASE[:1000] + b"inserted" + BASE[1000 : NEW_BYTES - 8]
_SMALL_IMAGE: Final = bytes(range(256)) * 2


def main() -> None:
    """Write the corpus, each input under the name of its target."""
    seeds: dict[str, list[bytes]] = {target.name: [] for target in TARGETS}
    for group in (_packages(), _encryption(), _payloads(), _images(), _texts()):
        for name, data in group:
            seeds[name].append(data)
    for name, inputs in seeds.items():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            (folder / f"{number:02}").write_bytes(data)


def _packages() -> list[tuple[str, bytes]]:
    seeds = []
    vendor = vendor_id("example.com")
    signers = (
        LocalSigner(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))),
        LocalSigner(ec.derive_private_key(7, ec.SECP256R1())),
    )
    for signer in signers:
        for uri, base in ((INTEGRATED_PAYLOAD_URI, BASE), ("update.payload", None)):
            payload = b"payload" * 9 if base else NEW
            manifest = Manifest(
                security_counter=7,
                class_id=class_id(vendor, "node"),
                new_image=SizedDigest.of(NEW),
                base_digest=SizedDigest.of(base).digest if base else None,
                payload_format=PayloadFormat.AIRDELTA if base else PayloadFormat.FULL,
                payload=payload_identity(payload),
                payload_uri=uri,
                slot=None if base else 1,
            )
            data = manifest.to_bytes()
            signature = signer.sign(signed_bytes(data, signer.algorithm))
            head = EnvelopeHead.sealed(manifest, signer.algorithm, signature).to_bytes()
            whole = head + payload if base else head
            seeds += [("manifest", data), ("head", head), ("package", whole)]
        public = signer.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        seeds.append(("public-key", public))
    return seeds


def _encryption() -> list[tuple[str, bytes]]:
    shared = Recipient(key_id=b"key", wrapped_key=bytes(24))
    agreed = Recipient(key_id=b"", wrapped_key=bytes(24), ephemeral_key=(bytes(32), bytes(32)))
    ciphers = (ContentCipher.A128GCM, (shared, agreed)), (ContentCipher.A128CTR, (shared,))
    return [
        (
            "encryption-info",
            EncryptionInfo(
                cipher=cipher, iv=bytes(cipher.iv_bytes), recipients=recipients
            ).to_bytes(),
        )
        for cipher, recipients in ciphers
    ]


def _payloads() -> list[tuple[str, bytes]]:
    engines = (engine_named(name) for name in ENGINES)
    return [(f"payload-{e.payload_format.label}", e.encode(BASE, NEW).payload) for e in engines]


def _images() -> list[tuple[str, bytes]]:
    file = bincopy.BinFile()
    file.add_binary(_SMALL_IMAGE, 0x0800_4000)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        manifest = {"files": [{"file": "app.bin", "type": "application"}]}
        for name, content in (("manifest.json", json.dumps(manifest)), ("app.bin", _SMALL_IMAGE)):
            archive.writestr(zipfile.ZipInfo(name), content)
    header = (0x0A324655, 0x9E5D5157, 0x2000, 0x0800_4000, 256, 0, 1, 0x5EE21072)
    block = struct.pack("<8I", *header) + _SMALL_IMAGE[:256].ljust(476, b"\0")
    uf2 = block + struct.pack("<I", 0x0AB16F30)
    elf = (SAMPLES / "images" / "sensor-node-rv32-1.0.0.elf").read_bytes()
    return [
        ("image-bin", _SMALL_IMAGE),
        ("image-bin", bytes.fromhex("3db8f396") + bytes(28) + _SMALL_IMAGE),
        ("image-bin", bytes([0xE9, 1]) + bytes(30) + _SMALL_IMAGE),
        ("image-hex", file.as_ihex().encode()),
        ("image-srec", file.as_srec().encode()),
        ("image-uf2", uf2),
        ("image-zip", buffer.getvalue()),
        ("image-elf", elf[:4096]),
    ]


def _texts() -> list[tuple[str, bytes]]:
    links = sorted((ROOT / "link_sim" / "profiles").glob("*.toml"))
    tariffs = sorted((ROOT / "link_sim" / "tariffs").glob("*.toml"))
    budgets = SAMPLES / "airdelta.toml"
    baseline = Baseline(
        source="",
        image_sha256="00" * 32,
        image_bytes=1000,
        device="generic",
        values={"image": 1000},
        symbols={"main": 10},
    )
    return [
        *(("device-profile", builtin_profile_text(n).encode()) for n in builtin_profile_names()),
        *(("link-profile", path.read_bytes()) for path in links[::5]),
        *(("tariff", path.read_bytes()) for path in tariffs),
        ("budgets", budgets.read_bytes()),
        ("baseline", baseline.to_bytes()),
        ("json", baseline.to_bytes()),
        ("loss", b"0.1"),
        ("loss", b"ge:0.01,0.2,1,0"),
        ("loss-trace", b"time_s,delivered\n0,1\n1.5,0\n"),
        ("linker-map", b"Memory Configuration\n\n.text 0x08000000 0x100\n"),
        ("smp-header", bytes.fromhex("0200000c00000001")),
        ("smp-body", bytes.fromhex("bf6161016162f5ff")),
        ("token-uri", b"pkcs11:token=t;object=o?module-path=/m.so"),
    ]


if __name__ == "__main__":
    main()
