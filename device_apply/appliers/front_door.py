"""The one way to apply a payload: an applier of its format behind an exact-size bound."""

from device_apply.appliers.bounded_output import BoundedOutput
from device_apply.appliers.contract import Emit, Scratch, Source
from device_apply.appliers.registry import applier_for
from device_apply.wire.payload_format import PayloadFormat


def apply_payload(
    payload_format: PayloadFormat,
    payload: Source,
    base: Source,
    new_size: int,
    emit: Emit,
    scratch: Scratch | None = None,
) -> None:
    """Decode `payload` against `base` and emit exactly `new_size` bytes, in ascending order.

    Without `scratch`, one in memory stands in, as on a host.

    The bound is kept here once more, outside the applier, so that no applier can break it. Bytes
    that were emitted before an error are worthless; whether the new image is the right one, its
    digest says.

    Raises:
        device_apply.errors.FormatError: the payload is malformed.
        device_apply.errors.ApplyFailed: it decodes to another size, or reads outside the base.
        ValueError: `new_size` is negative.
    """
    output = BoundedOutput(emit, new_size)
    applier_for(payload_format).apply(payload, base, new_size, output, scratch)
    output.finish()
