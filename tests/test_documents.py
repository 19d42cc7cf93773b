"""Files that must say what the code does."""

import json
import re
from pathlib import Path

import jsonschema

from captures import run

PROJECT = Path(__file__).parents[1]


def test_the_schema_of_run_json_is_the_one_of_the_code() -> None:
    written = json.loads((PROJECT / "docs/run.schema.json").read_text())
    assert written == run.json_schema(), "run `make schema`"
    jsonschema.Draft202012Validator.check_schema(written)


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in [PROJECT / "README.md", *PROJECT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document}: {target}"


def test_the_notations_examples_parse() -> None:
    from checkers.timeline_parse import parse

    text = (PROJECT / "docs/notation.md").read_text()
    examples = [block for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) if "$J" in block]
    assert examples
    for example in examples:
        parse(example)
