"""From candidates to a signed update package: selection, manifest, signature, build record."""
