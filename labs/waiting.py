"""Waiting for a condition, with a deadline; never for a number of seconds."""

import time
from collections.abc import Callable

from labs.errors import LabError

POLL_S = 0.005


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = 10) -> None:
    """Return as soon as `condition()` holds; raises LabError that names `what`."""
    give_up = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > give_up:
            raise LabError(f"waited {deadline_s:g} s in vain: {what}")
        time.sleep(POLL_S)
