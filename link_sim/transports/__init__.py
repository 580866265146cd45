"""What runs over the radios, byte by byte: TS004 fragmentation, CoAP, SMP, IP.

Transports know sizes and message formats, never seconds.
"""
