"""The images that exist, for tests that are repeated for each."""

IMAGES = (
    ("cm3", "1.0.0"),
    ("cm3", "1.0.1"),
    ("cm3", "1.1.0"),
    ("cm3", "1.2.0"),
    ("cm3", "2.0.0"),
    ("cm3-slotb", "1.0.0"),
    ("cm3-slotb", "1.1.0"),
    ("rv32", "1.0.0"),
    ("rv32", "1.1.0"),
)

LINK_ADDRESSES = {"cm3": 0x2100_0000, "cm3-slotb": 0x2102_0000, "rv32": 0x8000_0000}
