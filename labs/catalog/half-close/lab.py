"""Section 18.5: sun % sock -h bsdi 514 < datafile, where bsdi runs sort behind port 514."""

from labs.stage import Stage

BEFORE, AFTER = ("pear", "quince"), ("apple", "cherry", "lemon")

# bsdi's sort takes its time over every line, so that the half-closed connection can be watched.
SLOW_SORT = "sort | while read -r line; do echo $line; sleep 0.3; done"


def prepare(stage: Stage) -> None:
    """bsdi's sort behind port 514, and sun's file."""
    stage.inetd_runs("bsdi", "shell", SLOW_SORT)
    stage.has_file("sun", "datafile", "".join(f"{line}\n" for line in lines(stage)))


def play(stage: Stage) -> None:
    """Send a file, end that direction, and still read what comes back."""
    client = stage.types("sun", "sock -h bsdi 514 < datafile")
    stage.reaches("sun", "FIN_WAIT_2", 514)
    stage.reaches("bsdi", "CLOSE_WAIT", 514)
    for line in sorted(lines(stage)):
        client.shows(line)
    client.ends()


def lines(stage: Stage) -> list[str]:
    """What sun sends."""
    return [*BEFORE, stage.text("fruit"), *AFTER]
