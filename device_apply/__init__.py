"""The device's side: bytes in, a verified image in flash.

Everything that a port to a microcontroller has to agree with lives below this package. It never
imports the vendor's side (`pipeline`) or the radio models (`link_sim`).
"""
