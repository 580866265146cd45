"""Bluetooth Low Energy: PDU times, connection events, GATT goodput, a connection with losses."""
