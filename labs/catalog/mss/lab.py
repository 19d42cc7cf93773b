"""Section 18.4: what sun may send depends on what the other end announced."""

from labs.stage import Stage


def play(stage: Stage) -> None:
    """Send 2048 bytes to slip over the SLIP line, then 2048 bytes to svr4 on the Ethernet."""
    stage.inetd("slip", "discard")
    stage.inetd("svr4", "discard")
    stage.types("sun", "sock -i -n2 -w1024 slip discard").ends(deadline_s=60)
    stage.types("sun", "sock -i -n2 -w1024 svr4 discard").ends(deadline_s=60)
