"""What a hand-out tells whoever plays the lab by hand: its aim, and what to type where."""

import re
from collections.abc import Collection
from typing import NamedTuple

# `svr4 % telnet bsdi discard`; what follows after two blanks is a remark or a second column.
TYPED = re.compile(r"\b([a-z0-9]+) % (\S.*?)(?=\s{2,}|$)", re.MULTILINE)
AIM = re.compile(r"^## [^\n]*\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)


class Typed(NamedTuple):
    """A command as the hand-out's user types it at a host."""

    host: str
    command: str

    @property
    def at_prompt(self) -> str:
        """As it's typed at the prompt of `tcplab start`: a server goes to the background."""
        serves = self.command.startswith("sock ") and " -s" in self.command
        return f"{self.host} {self.command}{' &' if serves else ''}"


def aim(handout: str) -> str:
    """The text of the hand-out's first section, which says what the lab is for."""
    found = AIM.search(handout)
    return " ".join(found[1].split()) if found else ""


def typed(handout: str, hosts: Collection[str]) -> list[Typed]:
    """The commands in the hand-out's session, in its order, each once."""
    found = (Typed(*match.groups()) for match in TYPED.finditer(handout))
    return list(dict.fromkeys(one for one in found if one.host in hosts))
