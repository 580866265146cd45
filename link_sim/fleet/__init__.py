"""A million devices at once: who finishes when, who never does and why, and what it costs.

Devices are simulated in lockstep, one transmission after the other, with arrays instead of objects.
"""
