"""What the Tab key offers at the prompt of `tcplab start`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from topologies.inside_cover import SERVICES

PROGRAMS = ("telnet", "sock", "netstat", "ping", "tcpdump", "date")
OF_HOSTS = ("netstat", "crash", "reboot", "tcpdump", "wireshark", "unplug", "plug")
OF_LINKS = ("unplug", "plug")


def candidates(
    text: str,
    hosts: Iterable[str],
    commands: Iterable[str],
    links: Iterable[str],
    names: Mapping[str, Iterable[str]],
    files: Path,
) -> list[str]:
    """What the last word of the text may become.

    names: what may follow a command, by command. files: a folder whose files may be arguments.
    """
    *before, word = text.split(" ")
    before = [each for each in before if each]
    if not before:
        every: Iterable[str] = [*hosts, *commands]
    elif before[0] in hosts:
        there = sorted(file.name for file in files.glob(f"{before[0]}/*"))
        every = PROGRAMS if len(before) == 1 else [*hosts, *SERVICES, *there]
    elif before[0] in OF_HOSTS:
        every = [*hosts, *(links if before[0] in OF_LINKS else [])]
    else:
        every = names.get(before[0], ())
    return [one for one in every if one.startswith(word)]
