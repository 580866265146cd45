"""LoRa and LoRaWAN: time on air, regions, duty cycle, classes A to C, TS004 sessions, cells."""
