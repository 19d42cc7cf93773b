"""A terminal's text as it looks: without escape sequences, corrections applied."""

import re

# ECMA-48: control sequences (CSI ... final byte), operating system commands (to BEL or ST), and
# other two-byte escapes.
ERASE = re.compile(r"\x1b\[0?K")  # EL: from here to the end of the line
ERASED = "\0"
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_=>])")


def plain(text: str) -> str:
    """The text that stays on the screen of a line-editing shell: what was typed over is gone."""
    text = ESCAPES.sub("", ERASE.sub(ERASED, text.replace(ERASED, "")))
    lines = text.replace("\r\n", "\n").replace("\a", "").split("\n")
    return "\n".join(map(_typed, lines))


def _typed(line: str) -> str:
    """A line with backspaces, carriage returns and erasures carried out."""
    if not set(line) & {"\b", "\r", ERASED}:
        return line
    shown: list[str] = []
    place = 0
    for character in line:
        if character == "\b":
            place = max(0, place - 1)
        elif character == "\r":
            place = 0
        elif character == ERASED:
            del shown[place:]
        else:
            shown[place : place + 1] = character
            place += 1
    return "".join(shown).rstrip()
