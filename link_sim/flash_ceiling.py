"""How fast a receiver can put bytes into its flash: often the bottleneck, not the radio."""


def erase_and_write_bytes_per_s(
    page_bytes: int, erase_page_s: float, word_bytes: int, write_word_s: float
) -> float:
    """Return the rate at which erased-then-written pages fill when nothing overlaps."""
    words = page_bytes / word_bytes
    return page_bytes / (erase_page_s + words * write_word_s)
