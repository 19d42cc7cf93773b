"""Files that must say what the code does."""

import json
import os
import re
import subprocess
import sys
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


def test_the_documents_make_a_site_whose_links_lead_somewhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=PROJECT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list(tmp_path.glob("site/*.html"))
    assert len(pages) > len(list(PROJECT.glob("docs/*.md")))  # and 404.html
    for page in pages:  # read offline, nothing is missing: addresses are those of links, or names
        loads = re.sub(r"<a\b[^>]*>", "", page.read_text())
        assert set(re.findall(r"https?://([\w.-]+)", loads)) <= {"www.w3.org"}, page
