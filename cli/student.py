"""Whose values a lab is played with: a student's ticket."""

from pathlib import Path

from cli.exits import UsageError
from grading import variants
from grading.variants import Ticket
from labs.assignment import Assignment

TICKET = Path("ticket.json")


def ticket_of(student: str | None, path: Path | None) -> Ticket | None:
    """The ticket to play with; None for the book's values. Raises UsageError."""
    if student is None and path is None:
        return None
    place = path or TICKET
    try:
        ticket = variants.read(place)
    except FileNotFoundError as error:
        raise UsageError(
            f"{place}: no such ticket: your instructor makes one (`tcplab variant`); "
            "name it with --ticket FILE"
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    if student not in (None, ticket.student):
        raise UsageError(f"{place} is the ticket of {ticket.student}, not of {student}")
    return ticket


def values_of(ticket: Ticket | None, lab: str) -> dict[str, int | str]:
    """The ticket's values of a lab; {} without a ticket. Raises UsageError."""
    try:
        return dict(variants.values_in(ticket, lab)) if ticket else {}
    except LookupError as error:
        raise UsageError(error.args[0]) from error


def assigned(
    lab: str,
    pace: str,
    ticket: Ticket | None,
    values: dict[str, int | str],
    *,
    program: str = "",
    language: str = "en",
) -> Assignment:
    """What is to be played for the ticket's student, with these values; without one, for nobody."""
    student = ticket.student if ticket else ""
    text = variants.write(ticket).decode() if ticket else ""
    return Assignment(lab, pace, student, values, text, program, language)
