"""YAML that was read, kept beside Python's compiled modules, and by their rules.

To load PyYAML takes a third of all that a check does. What is kept has the text that it was read
from, and that of the reader: where either is another now, it counts for nothing.
"""

import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import msgspec

from labs.catalog.marked import Marked

READER = Path(__file__).with_name("yaml_text.py")


class _Kept(msgspec.Struct):
    text: str
    reader: bytes
    marked: Marked


def read(path: Path, text: str) -> Marked:
    """The data of `text`, which is the file's; raises YamlTextError.

    It is kept unless Python is told not to write modules (PYTHONDONTWRITEBYTECODE), or can't.
    """
    place = Path(cache_from_source(str(path))).with_name(f"{path.name}.kept")
    with suppress(OSError, msgspec.DecodeError):
        kept = msgspec.msgpack.decode(place.read_bytes(), type=_Kept)
        if kept.text == text and kept.reader == READER.read_bytes():
            return kept.marked
    from labs.catalog import yaml_text  # here, since it loads PyYAML

    marked = yaml_text.read(text)
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            _keep(place, _Kept(text, READER.read_bytes(), marked))
    return marked


def _keep(place: Path, kept: _Kept) -> None:
    content = msgspec.msgpack.encode(kept)
    if msgspec.msgpack.decode(content, type=_Kept) != kept:
        return  # a date would come back as a text
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f"{place.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(place)
