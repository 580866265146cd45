"""What runs over the radios, byte by byte: LoRaWAN's packages, CoAP, LwM2M, SMP, HTTP, MQTT, IP.

Transports know message formats, sizes and timers, never a radio.
"""
