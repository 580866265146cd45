"""Cellular IoT: NB-IoT, LTE-M, Cat-1 and 2G bearers, and CoAP, HTTP and MQTT over them."""
