"""Where images stand in memory, as their own pointers tell.

A word is a pointer if, at some load address, it goes to where something begins: a function or a
string. By chance few words agree on one address; of a table of pointers all do. Strings speak for
every architecture, also for those whose code is not known.
"""

from dataclasses import dataclass
from typing import Final

from pipeline.encoder import native
from pipeline.encoder.header import ArchitectureNumber

_ALIGNMENTS: Final = {ArchitectureNumber.AARCH64: (4096,)}
"""ADRP works in pages of 4 KiB."""
_USUAL_ALIGNMENTS: Final = (256, 4)
"""Round addresses first, then any: a header may stand before the code."""
_STRING_ALIGNMENTS: Final = (4096,)
"""More words go to strings by chance: instructions that begin alike are close to each other."""
_MINIMUM_VOTES: Final = 8
_MINIMUM_STRING_VOTES: Final = 32


@dataclass(frozen=True, slots=True, order=True)
class AddressVotes:
    """Load addresses of a pair of images and how many pointers agree on each."""

    votes: int
    base: int
    new: int


def voted_load_addresses(
    base: bytes, new: bytes, architecture: ArchitectureNumber
) -> tuple[AddressVotes, ...]:
    """Return the load addresses that most pointers agree on; empty if too few do.

    If they differ (an image for each of two slots, or chance) the surer of both, for both images,
    comes second.
    """
    ballots = [_ballot(base, new, ArchitectureNumber.NONE, _STRING_ALIGNMENTS)]
    if architecture is not ArchitectureNumber.NONE:
        alignments = _ALIGNMENTS.get(architecture, _USUAL_ALIGNMENTS)
        ballots.append(_ballot(base, new, architecture, alignments))
    sure = [votes for votes in ballots if votes]
    return max(sure, key=lambda votes: votes[0].votes) if sure else ()


def _ballot(
    base: bytes, new: bytes, landmarks: ArchitectureNumber, alignments: tuple[int, ...]
) -> tuple[AddressVotes, ...]:
    """Let both images vote; `landmarks` says whose functions are gone to, none: strings."""
    is_strings = landmarks is ArchitectureNumber.NONE
    minimum = _MINIMUM_STRING_VOTES if is_strings else _MINIMUM_VOTES
    base_address, base_votes = _guess(base, landmarks, alignments, minimum)
    new_address, new_votes = _guess(new, landmarks, alignments, minimum)
    votes = min(base_votes, new_votes)
    if votes < minimum:
        return ()
    found = AddressVotes(votes, base_address, new_address)
    if base_address == new_address:
        return (found,)
    surer = base_address if base_votes > new_votes else new_address
    return found, AddressVotes(votes, surer, surer)


def _guess(
    image: bytes, landmarks: ArchitectureNumber, alignments: tuple[int, ...], minimum: int
) -> tuple[int, int]:
    for alignment in alignments:
        address, votes = native.guess_load_address(image, landmarks, alignment)
        if votes >= minimum:
            return address, votes
    return 0, 0
