"""A model of NOR flash in C that is stricter than hardware and loses power as nastily as parts do.

Test equipment, shared by everything that has to prove itself against power cuts: C code calls it
through `flash_model.h`, Python through `NativeFlash`. What it enforces and what a cut leaves behind
is written down in the header.
"""
