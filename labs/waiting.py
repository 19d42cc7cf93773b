"""Waiting for a condition, with a deadline; never for a number of seconds."""

import time
from collections.abc import Callable

from labs.errors import LabError

SHORTEST_POLL_S, LONGEST_POLL_S = 0.005, 0.05
PATIENCE = 100  # what took 2 s so far is looked at every 20 ms: each look costs, at 22 labs at once


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = 10) -> None:
    """Return as soon as `condition()` holds; raises LabError that names `what`."""
    begun = time.monotonic()
    while not condition():
        waited_s = time.monotonic() - begun
        if waited_s > deadline_s:
            raise LabError(f"waited {deadline_s:g} s in vain: {what}")
        time.sleep(min(LONGEST_POLL_S, max(SHORTEST_POLL_S, waited_s / PATIENCE)))
