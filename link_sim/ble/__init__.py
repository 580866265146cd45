"""Bluetooth Low Energy: PDU times, connection events, GATT and SMP transfers, real stacks."""
