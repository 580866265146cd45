"""The download area: the head of one package and the fragments of its payload, in arrival order.

    | session header | head | cell 0 | cell 1 | ...          erased before the header is written
    cell = index, length, package tag, CRC-32, data, filled up to a write unit; all of one size

Fragments may arrive in any order, any number of times and across any number of resets. Each goes
into the next free cell in one program operation; the CRC says whether it got there. A torn cell is
skipped for good, so a power cut costs at most the fragment that was being written. Where a
fragment lies is found again by scanning the cells: no index is stored that could disagree.

The area belongs to a package only while the state store says so: an area that was being erased or
begun when the power failed is begun anew.
"""
