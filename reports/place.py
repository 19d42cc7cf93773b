"""Where a finding was seen, in the reader's language."""

from checkers.finding import Finding, frames_text
from languages.sentences import ENGLISH, Language


def place(finding: Finding, language: Language) -> str:
    """`frames 5 and 6 at bsdi eth0`; other languages list the parts, in no grammar of their own."""
    if language is ENGLISH:
        return finding.place
    parts = language(frames_text(finding.frames)), finding.vantage, language(finding.record)
    return ", ".join(part for part in parts if part)
