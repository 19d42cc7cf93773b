"""Section 18.4: what sun may send depends on what the other end announced."""

from labs.stage import Stage


def prepare(stage: Stage) -> None:
    """The discard servers."""
    stage.inetd("slip", "discard")
    stage.inetd("svr4", "discard")


def play(stage: Stage) -> None:
    """Write twice to slip over the SLIP line, then twice to svr4 on the Ethernet."""
    size = stage.number("size")
    stage.types("sun", f"sock -i -n2 -w{size} slip discard").ends(deadline_s=60)
    stage.types("sun", f"sock -i -n2 -w{size} svr4 discard").ends(deadline_s=60)
