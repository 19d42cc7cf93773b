"""What goes wrong with an expectation, as exceptions. A capture's faults are a CaptureError."""


class ExpectationError(ValueError):
    """A lab expects something that makes no sense: the message names the file and line."""


class TimelineError(ExpectationError):
    """A time line that can't be read. line, column: where, from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column
