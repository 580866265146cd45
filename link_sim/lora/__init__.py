"""LoRa and LoRaWAN: time on air, regional parameters, duty cycle, class-C downlinks."""
