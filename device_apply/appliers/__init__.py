"""Decoding payloads of every format in bounded memory: patch and base image in, new image out.

`apply_payload` is the way in. `contract` says what an applier promises; one module per family of
formats keeps the promise, `registry` lists them.
"""

from device_apply.appliers.front_door import apply_payload
from device_apply.appliers.registry import applier_for
from device_apply.appliers.sources import BytesSource

__all__ = ["BytesSource", "applier_for", "apply_payload"]
