"""The manifest of a pack: SHA-256 sums of its files, for telling what was changed since.

It is no seal: who changes a file can write the manifest anew. What differs is said, no more.
"""

import hashlib
from collections.abc import Mapping

import msgspec

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1


class Manifest(msgspec.Struct, frozen=True):
    """The sums of a pack's files, hexadecimal, by their names in it."""

    schema_version: int
    sha256: dict[str, str]


def write(files: Mapping[str, bytes]) -> bytes:
    """The manifest's file, for these files by their names."""
    sums = {name: _sum(data) for name, data in sorted(files.items())}
    document = msgspec.json.encode(Manifest(MANIFEST_VERSION, sums))
    return msgspec.json.format(document, indent=2) + b"\n"


def read(manifest: bytes) -> Mapping[str, str] | None:
    """The sums of a manifest, by name; None where it can't be read."""
    try:
        return msgspec.json.decode(manifest, type=Manifest).sha256
    except (ValueError, RecursionError):
        return None


def changed(packed: Mapping[str, str] | None, now: Mapping[str, str]) -> list[str]:
    """Names of the files whose sums the manifest has otherwise or not at all, sorted.

    [] for no manifest, or one that couldn't be read: then nothing is known.
    """
    if packed is None:
        return []
    return sorted(name for name, its_sum in now.items() if packed.get(name) != its_sum)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
