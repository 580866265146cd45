"""Cellular IoT: NB-IoT transport blocks and cycles, LTE-M and 2G rates, CoAP over a bearer."""
