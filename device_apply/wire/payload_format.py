"""What a payload is encoded with: the number in the manifest and the name that people read.

Numbers are part of the wire format (SPEC.md, section 4) and never reused.
"""

from enum import IntEnum, unique


@unique
class PayloadFormat(IntEnum):
    """The encoding of a payload, as `fetch-arguments` key 1 carries it."""

    FULL = 0
    """The new image as it is."""
    FULL_ZSTD = 1
    """The new image in one zstd frame (RFC 8878)."""
    FULL_LZMA = 2
    """The new image as an `.lzma` ("alone") stream."""
    FULL_HEATSHRINK = 3
    """The new image through heatshrink, behind one byte of window and look-ahead bits."""
    BSDIFF4 = 16
    """A `BSDIFF40` patch: three bzip2 streams."""
    DETOOLS_SEQUENTIAL_LZMA = 17
    """A detools sequential patch, LZMA."""
    DETOOLS_SEQUENTIAL_CRLE = 18
    """A detools sequential patch, conditional run-length encoding."""
    DETOOLS_SEQUENTIAL_HEATSHRINK = 19
    """A detools sequential patch, heatshrink."""
    DETOOLS_HDIFFPATCH = 20
    """A detools hdiffpatch patch, LZMA."""
    DETOOLS_IN_PLACE = 21
    """A detools in-place patch. Unsafe: see THREATS.md."""
    ZSTD_PATCH = 22
    """One zstd frame with the base image as its dictionary (`zstd --patch-from`)."""

    AIRDELTA = 32
    """An airdelta patch; its first byte names the tier (PATCH_FORMAT.md)."""

    @property
    def label(self) -> str:
        """The name in profiles, in reports and on the command line, such as `full-zstd`."""
        return self.name.lower().replace("_", "-")

    @property
    def needs_base(self) -> bool:
        """Whether the payload is a patch, which only the base image it was made from can decode."""
        return self >= PayloadFormat.BSDIFF4

    @classmethod
    def from_label(cls, label: str) -> "PayloadFormat":
        """Return the format called `label`; `from_label(f.label) is f`.

        Raises:
            ValueError: no format has that name; the message lists those that exist.
        """
        for candidate in cls:
            if candidate.label == label:
                return candidate
        known = ", ".join(candidate.label for candidate in cls)
        raise ValueError(f"unknown payload format {label!r} (known: {known})")
