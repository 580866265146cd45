"""Transport models: CoAP block-wise downloads and SMP uploads, in bytes and round trips."""

from collections.abc import Mapping

from link_sim.crosscheck.result import Model, Result
from link_sim.fields import Fields
from link_sim.transports.coap import (
    DEFAULT_TOKEN_BYTES,
    BlockDownload,
    block_count,
    stop_and_wait_s,
)
from link_sim.transports.smp import FirstRequestFields, upload_overhead_bytes, upload_requests

_ANY_BLOCK_BYTES = 1024
"""Sizes of single messages do not depend on the block size (save for block 0 of 16 bytes)."""

_SOME_IMAGE_BYTES = 100_000
"""Where a first SMP request does not say how long the image is: one of more than 64 KiB."""


def _coap_block2_request_size(inputs: Fields) -> Result:
    download = BlockDownload(path=inputs.text("path"), block_bytes=_ANY_BLOCK_BYTES)
    return download.request_bytes(inputs.integer("block_num"))


def _coap_block2_response_overhead(inputs: Fields) -> Result:
    download = BlockDownload(
        path="fw",
        block_bytes=_ANY_BLOCK_BYTES,
        etag_bytes=inputs.integer("etag", maximum=8, default=0),
    )
    return download.response_overhead_bytes(inputs.integer("block_num"))


def _coap_block2_total(inputs: Fields) -> Result:
    size_bytes = inputs.integer("size", minimum=1)
    download = BlockDownload(
        path=inputs.text("path"),
        block_bytes=inputs.integer("block"),
        etag_bytes=inputs.integer("etag", maximum=8, default=0),
        token_bytes=inputs.integer("token", maximum=8, default=DEFAULT_TOKEN_BYTES),
    )
    blocks = block_count(size_bytes, download.block_bytes)
    return {
        "blocks": blocks,
        "up": sum(map(download.request_bytes, range(blocks))),
        "down": size_bytes + sum(map(download.response_overhead_bytes, range(blocks))),
    }


def _coap_block2_time(inputs: Fields) -> Result:
    return stop_and_wait_s(
        inputs.integer("size"),
        inputs.integer("block", minimum=1),
        inputs.number("rtt_ms") / 1000,
    )


def _smp_upload_overhead(inputs: Fields) -> Result:
    first = None
    if inputs.flag("first"):
        image_bytes = inputs.integer("image", default=_SOME_IMAGE_BYTES)
        first = FirstRequestFields(image_bytes=image_bytes)
    return upload_overhead_bytes(inputs.integer("off"), inputs.integer("data_len"), first)


def _smp_upload_plan(inputs: Fields) -> Result:
    inputs.flag("upgrade")  # one byte of CBOR whether true or false
    requests = upload_requests(
        inputs.integer("image", minimum=1),
        inputs.integer("max_smp_frame"),
        with_sha=inputs.flag("sha"),
    )
    return {"requests": len(requests), "request_bytes": sum(requests)}


MODELS: Mapping[str, Model] = {
    "coap_block2_request_size": _coap_block2_request_size,
    "coap_block2_response_overhead": _coap_block2_response_overhead,
    "coap_block2_total": _coap_block2_total,
    "coap_block2_time": _coap_block2_time,
    "smp_upload_overhead": _smp_upload_overhead,
    "smp_upload_plan": _smp_upload_plan,
}
"""By the name that case files use."""
