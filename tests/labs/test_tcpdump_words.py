"""A tcpdump that doesn't listen: its words, or how it ended without any."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs.errors import MachineError
from labs.tcpdump import Tcpdump


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ("echo 'eth0: No such device exists' >&2; exit 1", "eth0: eth0: No such device exists"),
        ("kill -SEGV $$", r"without a word \(status -11\); `sudo apt install tcpdump` updates it"),
        ("exit 3", r"without a word \(status 3\)"),
    ],
)
def test_why_tcpdump_cannot_listen(tmp_path: Path, instead: str, told: str) -> None:
    def start(*_: str, **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["sh", "-c", instead], **options)

    host = SimpleNamespace(abilities=SimpleNamespace(many_groups=True), start=start)
    dump = Tcpdump({"bsdi": host}, "bsdi", "eth0", tmp_path / "bsdi.pcap")  # type: ignore[arg-type]
    with pytest.raises(MachineError, match=f"can't listen on bsdi .*{told}"):
        dump.wait_listening()
    dump.kill()
