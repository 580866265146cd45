"""The tools that are compared: airdelta's tiers and the peers, one adapter for each kind."""
