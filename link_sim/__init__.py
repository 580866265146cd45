"""Bytes and seconds: how long a radio takes to carry an update, and what it loses on the way.

This package knows nothing of firmware. It reads no files and no clock: profiles come as text, time
as `now_s`, chance as a seeded `random.Random`.
"""
