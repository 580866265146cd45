"""Where the bytes around a payload are: every element of an envelope with what it takes.

    python bench/manifest_size.py                          print the tables
    python bench/manifest_size.py --write docs/SPEC.md     put them into the document

Nothing is measured on firmware: an envelope's size follows from the sizes that it names.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from device_apply.wire.cbor import CborValue, encode
from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, PAYLOAD_DIGEST_BYTES
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.manifest import IDENTIFIER_BYTES, Manifest, PatchFor
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import DIGEST_BYTES, REPORT_ALL, Command, SizedDigest, suit_digest

NEW_IMAGE_BYTES: Final = 500_000
PAYLOAD_BYTES: Final = 9_000
_PLACE: Final = re.compile(
    r"(?<=<!-- table: bench/manifest_size.py -->\n).*?(?=<!-- end -->)", re.DOTALL
)


def one_base() -> Manifest:
    """Return the manifest of a patch inside its envelope."""
    return Manifest(
        security_counter=1,
        class_id=bytes(IDENTIFIER_BYTES),
        new_image=SizedDigest(bytes(DIGEST_BYTES), NEW_IMAGE_BYTES),
        base_digest=bytes(DIGEST_BYTES),
        payload_format=PayloadFormat.AIRDELTA,
        payload=SizedDigest(bytes(PAYLOAD_DIGEST_BYTES), PAYLOAD_BYTES),
        payload_uri=INTEGRATED_PAYLOAD_URI,
    )


def many_bases(count: int) -> Manifest:
    """Return one manifest for so many bases and the full image."""
    whole = one_base()
    patches = tuple(
        PatchFor(
            base_digest=number.to_bytes(DIGEST_BYTES, "big"),
            payload_format=whole.payload_format,
            payload=whole.payload,
            payload_uri="update-01234567.payload",
        )
        for number in range(count)
    )
    return replace(
        whole,
        base_digest=None,
        payload_format=PayloadFormat.FULL_LZMA,
        payload_uri="update-full.payload",
        patches=patches,
    )


def envelope_bytes(manifest: Manifest) -> int:
    """Return what an envelope with a signature of 64 bytes takes around its payload."""
    head = EnvelopeHead.sealed(manifest, CoseAlgorithm.ED25519, bytes(SIGNATURE_BYTES))
    return len(head.to_bytes())


def element_rows() -> list[tuple[str, int]]:
    """Return every element of `one_base` in order, and at last what holds them together."""
    manifest = one_base()
    match = (Command.CONDITION_IMAGE_MATCH, REPORT_ALL)
    digest = encode(suit_digest(bytes(DIGEST_BYTES)))
    uri = encode(INTEGRATED_PAYLOAD_URI)
    rows = [
        ("signature", SIGNATURE_BYTES),
        ("manifest's digest", len(digest)),
        ("security counter", _sized(manifest.security_counter)),
        ("base image: digest", len(digest)),
        ("base image: selected, matched", _sized(12, 1, *match, 12, 0)),
        ("device class: identifier", _sized(manifest.class_id)),
        ("device class: matched", _sized(Command.CONDITION_CLASS, REPORT_ALL)),
        ("new image: digest", len(digest)),
        ("new image: size", _sized(manifest.new_image.size)),
        ("new image: matched", _sized(*match)),
        ("payload: format", _sized(manifest.payload_format)),
        ("payload: digest", _sized(manifest.payload.digest)),
        ("payload: size", _sized(manifest.payload.size)),
        ("payload: URI, in the manifest and as key of the envelope", 2 * len(uri)),
        ("payload: length in the envelope", _sized(manifest.payload.size)),
        ("payload: fetched", _sized(Command.FETCH, REPORT_ALL)),
    ]
    total = envelope_bytes(manifest)
    around = total - sum(size for _, size in rows)
    return [*rows, ("tags, keys, heads of maps, arrays and byte strings", around), ("all", total)]


def table() -> str:
    """Return both tables."""
    return "\n".join([*_lines("element", element_rows()), "", *_lines("envelope", _envelopes())])


def _envelopes() -> list[tuple[str, int]]:
    patch = one_base()
    full = replace(patch, base_digest=None, payload_format=PayloadFormat.FULL_LZMA)
    return [
        ("patch, integrated", envelope_bytes(patch)),
        ("patch for one of two slots, integrated", envelope_bytes(replace(patch, slot=1))),
        ("full image, compressed, integrated", envelope_bytes(full)),
        *(
            (f"{count} bases and the full image, detached", envelope_bytes(many_bases(count)))
            for count in (2, 3, 10)
        ),
    ]


def _lines(what: str, rows: list[tuple[str, int]]) -> Iterator[str]:
    yield f"| {what} | bytes |"
    yield "|---|---:|"
    for name, size in rows:
        yield f"| {name} | {size} |"


def _sized(*values: CborValue) -> int:
    return sum(len(encode(value)) for value in values)


def main() -> int:
    """Print, or write into a document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", type=Path, help="a document with a place for the tables")
    document = parser.parse_args().write
    if document is None:
        sys.stdout.write(f"{table()}\n")
    else:
        document.write_text(_PLACE.sub(lambda _match: f"\n{table()}\n\n", document.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
