"""The names of targets: what publisher and client work out independently."""


def target_name(product: str, base_digest: bytes | None) -> str:
    """Return the target that updates a device which runs the image with this SHA-256.

    Without a digest: the full image, for every device of the product.
    """
    stem = "full" if base_digest is None else f"from-{base_digest.hex()}"
    return f"{product}/{stem}.suit"
