"""A finding in one line, and where it was seen, in the reader's language."""

from checkers.finding import Finding, frames_text
from languages.sentences import ENGLISH, Language


def place(finding: Finding, language: Language) -> str:
    """`frames 5 and 6 at bsdi eth0`; other languages list the parts, in no grammar of their own."""
    if language is ENGLISH:
        return finding.place
    parts = language(frames_text(finding.frames)), finding.vantage, language(finding.record)
    return ", ".join(part for part in parts if part)


def sentence(finding: Finding, language: Language) -> str:
    """The finding in one line, as `Finding.sentence` has it in English."""
    if language is ENGLISH:
        return finding.sentence
    subject = f"{language(finding.subject)}: " if finding.subject else ""
    expected = f"{language('expected')} {language(finding.expected)}"
    observed = f"{language('observed')} {language(finding.observed)}"
    where = place(finding, language)
    evidence = f" ({where})" if where else ""
    reference = f"; {finding.reference}" if finding.reference else ""
    return f"{finding.check}: {subject}{expected}, {observed}{evidence}{reference}"
