"""What channels lose: models that decide, PDU by PDU, whether a transmission arrives."""
