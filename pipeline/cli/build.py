"""`airdelta build`: signed packages, proved on a simulated device before they are written."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Annotated, TypeAlias

import typer
from rich.console import Console

from device_apply.profile import LayoutKind
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, MAX_U32
from pipeline.cli.candidate_table import print_candidates
from pipeline.cli.encryption_options import Cipher, CipherName, EncryptTo, encryption_wish
from pipeline.cli.options import (
    AsJson,
    Device,
    New,
    PassphraseFile,
    load_profile,
    load_signing_key,
    read_firmware,
)
from pipeline.cli.output import emit, facts_table, progress
from pipeline.cli.signing_options import SigningKey, leave_requests
from pipeline.engines.airdelta import INSTRUCTIONS
from pipeline.engines.contract import Candidate
from pipeline.engines.registry import ENGINES
from pipeline.engines.runner import Outcome, process_executor
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage
from pipeline.in_place.layouts import with_layout
from pipeline.json_document import Json
from pipeline.keys.external_signer import SignatureWanted
from pipeline.keys.signer import Signer
from pipeline.packaging.build import BuildRequest
from pipeline.packaging.build_record import percent_of_full
from pipeline.packaging.chunk_choice import (
    CHECKSUM_ERROR_RATE,
    FRAGMENT_BYTES,
    ChunkChoice,
    ChunkWish,
)
from pipeline.packaging.file_set import write_files
from pipeline.packaging.in_place import (
    ERASES,
    JOURNAL,
    MILLISECONDS,
    PLAN,
    PROGRAM,
    STASH_COPIES,
    STASH_PAGES,
)
from pipeline.packaging.selection import AUTO
from pipeline.packaging.streaming import with_streaming
from pipeline.rehearsal.one_manifest import make_joined_release
from pipeline.rehearsal.release import Release, make_release
from pipeline.wording import bytes_text

Bases = Annotated[
    list[Path],
    typer.Option(
        "--base", metavar="IMAGE", help="Firmware that devices run now; repeat for several."
    ),
]
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder for packages and build records.")
]
Engine = Annotated[
    str,
    typer.Option(
        help=f"Take this engine's payload instead of the smallest: {', '.join(ENGINES)}.",
        metavar="NAME|auto",
    ),
]
SecurityCounter = Annotated[
    int,
    typer.Option(
        min=0,
        max=MAX_U32,
        help="Anti-rollback number; raise it when older releases must never run again.",
    ),
]
Detached = Annotated[
    bool, typer.Option("--detached", help="Write the payload to a file beside the package.")
]
OneManifest = Annotated[
    bool,
    typer.Option(
        "--one-manifest",
        help="One envelope for all bases, and the full image for devices with another.",
    ),
]
Chunks = Annotated[
    str,
    typer.Option(
        metavar="auto|none|BYTES",
        help="Signed hashes of the payload's chunks: where they save more than they cost, never, "
        "or for chunks of this size.",
    ),
]
CorruptionRate = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=0.5,
        metavar="SHARE",
        help="Share of fragments that arrive changed unnoticed, for --chunks auto.",
    ),
]
FragmentBytes = Annotated[
    int,
    typer.Option(
        min=1, max=65536, metavar="BYTES", help="Size of the link's fragments, for --chunks auto."
    ),
]
Layout = Annotated[
    LayoutKind | None,
    typer.Option(help="How the device installs, if not as its profile says."),
]
Page = Annotated[
    int | None,
    typer.Option("--page", min=1, metavar="BYTES", help="Page of a commit in place."),
]
Stash = Annotated[
    int | None,
    typer.Option("--stash", min=0, metavar="PAGES", help="Stash pages of a commit in place."),
]
Stream = Annotated[
    bool,
    typer.Option(
        "--stream",
        help="For a device that decodes while it downloads; checkpoints in its download area.",
    ),
]


Files: TypeAlias = Sequence[tuple[PurePath, bytes]]
"""Names and contents."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(build)


def build(
    base: Bases,
    new: New,
    key: SigningKey,
    out: Out,
    device: Device = None,
    engine: Engine = AUTO,
    security_counter: SecurityCounter = 0,
    detached: Detached = False,
    one_manifest: OneManifest = False,
    chunks: Chunks = AUTO,
    fragment_bytes: FragmentBytes = FRAGMENT_BYTES,
    corruption_rate: CorruptionRate = CHECKSUM_ERROR_RATE,
    layout: Layout = None,
    page: Page = None,
    stash: Stash = None,
    stream: Stream = False,
    encrypt_to: EncryptTo = None,
    cipher: Cipher = CipherName.A128GCM,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Build the smallest signed package that the device can apply, and prove it.

    Every engine runs; the smallest payload that fits the device wins. The package is applied to a
    simulated device before it is written: no proof, no package. Images may be .bin, Intel HEX,
    SREC, UF2, ELF or a Nordic DFU archive; padding of MCUboot and ESP32 images is left out.

    With one --base the package is DIR/update.suit, with several there is one for each:
    DIR/update-from-<first 8 digits of the base digest>.suit. A build record (.json) lies beside.
    With --one-manifest there is one DIR/update.suit, and every payload is a file of its own.

    **Examples**

    `airdelta build --base v1.bin --new v2.bin --key release.pem --out out`

    `airdelta build --base v1.bin --new v2.bin --out out
    --key 'pkcs11:token=release;object=firmware?module-path=/usr/lib/softhsm/libsofthsm2.so'`

    `airdelta build --base v1.elf --base v1.1.elf --new v2.elf --key release.pem --out out
    --device node.toml --security-counter 3`

    `airdelta build --base v1.bin --new v2.bin --key release.pem --out out
    --encrypt-to devices.pub.pem`
    """
    profile = with_layout(load_profile(device), layout, page, stash)
    profile = with_streaming(profile) if stream else profile
    signer = load_signing_key(key, passphrase_file, out)
    encryption = encryption_wish(encrypt_to or [], cipher, signer)
    new_image = read_firmware(new)
    wish = ChunkWish(
        fragment_bytes=fragment_bytes,
        corruption_rate=corruption_rate,
        chunk_bytes=_chunk_bytes(chunks),
    )
    requests = {
        stem: BuildRequest(
            base=base_image,
            new=new_image,
            profile=profile,
            security_counter=security_counter,
            engine=engine,
            payload_uri=f"{stem}.payload" if detached or one_manifest else INTEGRATED_PAYLOAD_URI,
            chunks=wish,
            encryption=encryption,
        )
        for stem, base_image in _package_stems([read_firmware(path) for path in base]).items()
    }
    make = _join_releases if one_manifest else _make_releases
    releases, files, wanted = make(requests, signer)
    if wanted:
        leave_requests(wanted, as_json=as_json)
    write_files({out / name: data for name, data in files})
    emit(
        {"packages": [_package_json(out, stem, release) for stem, release in releases.items()]},
        lambda console: _render(console, out, releases),
        as_json=as_json,
    )


def _make_releases(
    requests: Mapping[str, BuildRequest], signer: Signer
) -> tuple[Mapping[str, Release], Files, list[SignatureWanted]]:
    """Make every package that can be signed here; return also what others have to sign first."""
    releases: dict[str, Release] = {}
    wanted: list[SignatureWanted] = []
    total = len(requests) * len(ENGINES)
    with process_executor() as executor, progress("building", total) as advance:

        def on_done(outcome: Outcome) -> None:
            advance(outcome.engine)

        for stem, request in requests.items():
            try:
                releases[stem] = make_release(request, signer, executor, on_done)
            except SignatureWanted as want:
                wanted.append(want)
    files = [file for stem, release in releases.items() for file in release.files(stem)]
    return releases, files, wanted


def _join_releases(
    requests: Mapping[str, BuildRequest], signer: Signer
) -> tuple[Mapping[str, Release], Files, list[SignatureWanted]]:
    """Make one envelope for all bases, or return what others have to sign first."""
    total = len(requests) * len(ENGINES)
    with process_executor() as executor, progress("building", total) as advance:
        try:
            joined = make_joined_release(
                requests, signer, executor, lambda outcome: advance(outcome.engine)
            )
        except SignatureWanted as want:
            return {}, (), [want]
    return joined.releases, joined.files(), []


def _chunk_bytes(chunks: str) -> int | None:
    if chunks == AUTO:
        return None
    if chunks == "none":
        return 0
    if not chunks.isdecimal() or int(chunks) == 0:
        raise InputError(f"--chunks {chunks}: say auto, none or a number of bytes")
    return int(chunks)


def _package_stems(bases: list[FirmwareImage]) -> dict[str, FirmwareImage]:
    """Return the file name of each base's package, without its suffix."""
    if len(bases) == 1:
        return {"update": bases[0]}
    stems: dict[str, FirmwareImage] = {}
    for base in bases:
        stem = f"update-from-{base.sha256.hex()[:8]}"
        if stem in stems:
            raise InputError(f"{base.name}: given twice as --base (as {stems[stem].name})")
        stems[stem] = base
    return stems


def _package_json(out: Path, stem: str, release: Release) -> Json:
    payload = _payload_path(out, release)
    return {
        "path": str(out / release.envelope_name(stem)),
        "record_path": str(out / f"{stem}.json"),
        "payload_path": None if payload is None else str(payload),
        "record": release.record(),
    }


def _render(console: Console, out: Path, releases: Mapping[str, Release]) -> None:
    for stem, release in releases.items():
        built = release.built
        winner = built.selection.winner.candidate
        print_candidates(console, built.selection.rated, _title(release), winner.engine)
        for failure in built.failures:
            console.print(f"{failure.engine}: {failure.reason}", style="dim")
        facts = {
            "package": str(out / release.envelope_name(stem)),
            "payload": str(_payload_path(out, release) or ""),
            "over the air": size_text(release),
            "engine": f"{winner.engine}: {built.selection.reason}",
            "chunk hashes": _chunks_text(built.chunk_choice),
            "applying": _needs_text(winner),
            **_commit_facts(winner),
            **_streaming_facts(release),
            "proof": release.proof.summary,
        }
        console.print(facts_table(facts), "")


def _commit_facts(candidate: Candidate) -> dict[str, str]:
    """Return what committing in place takes, where the device does that."""
    known = candidate.parameters
    if PROGRAM not in known:
        return {}
    return {
        "in place": f"plan {known[PLAN]} bytes, program {known[PROGRAM]:,} bytes, journal "
        f"{known[JOURNAL]:,} bytes, {known[STASH_COPIES]} copies to {known[STASH_PAGES]} stash "
        f"pages, {known[ERASES]} erases, {int(known[MILLISECONDS]) / 1e3:.1f} s",
    }


def _streaming_facts(release: Release) -> dict[str, str]:
    """Return what decoding while downloading takes, where the device does that."""
    built = release.built
    profile, chunk_bytes = built.request.profile, built.chunk_choice.chunk_bytes
    if profile.checkpoint_bank_bytes == 0:
        return {}
    needs = built.selection.winner.candidate.needs
    return {
        "streaming": f"{needs.ram_bytes + chunk_bytes:,} bytes of RAM with a chunk, checkpoints in "
        f"2 x {profile.checkpoint_bank_bytes:,} bytes of flash"
    }


def _payload_path(out: Path, release: Release) -> Path | None:
    """Return where a detached payload was written."""
    package = release.built.package
    return None if package.is_integrated else out / package.head.manifest.payload_uri


def _title(release: Release) -> str:
    request = release.built.request
    return f"{request.base.name} to {request.new.name} for device {request.profile.name!r}"


def _chunks_text(choice: ChunkChoice) -> str:
    """Say nothing where there are none; the build record has the reason."""
    if choice.chunk_bytes == 0:
        return ""
    return f"for chunks of {bytes_text(choice.chunk_bytes)} bytes: {choice.reason}"


def _needs_text(candidate: Candidate) -> str:
    needs = candidate.needs
    text = f"{bytes_text(needs.ram_bytes)} bytes of RAM ({needs.ram_basis})"
    if needs.scratch_flash_bytes:
        text += f", {bytes_text(needs.scratch_flash_bytes)} of scratch flash"
    instructions = candidate.parameters.get(INSTRUCTIONS)
    if isinstance(instructions, int):
        text += f", {instructions / 1e6:.1f} million Cortex-M4 instructions"
    return text


def size_text(release: Release) -> str:
    """Return what a package costs over the air, for people."""
    package = release.built.package
    text = f"{bytes_text(package.air_bytes)} bytes, {len(package.head_bytes)} of them envelope"
    percent = percent_of_full(package.air_bytes, release.built.selection.full_compressed_bytes)
    return text if percent is None else f"{text}; {percent:.1f} % of the full compressed image"
