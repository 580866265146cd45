"""The documented schemas of what commands print and write."""

import json
from pathlib import Path
from typing import Final

import fastjsonschema

_FOLDER: Final = Path(__file__).parents[1] / "docs" / "schemas"


def expect_documented(document: object) -> None:
    """Require that a document is as the schema that it names describes it."""
    assert isinstance(document, dict)
    schema = json.loads((_FOLDER / f"{document['schema']}.json").read_text(encoding="utf-8"))
    fastjsonschema.compile(schema)(document)
