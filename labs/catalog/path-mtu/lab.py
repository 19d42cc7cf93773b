"""Section 18.4: the announced MSS doesn't protect against a smaller MTU in the middle."""

from labs.stage import Stage


def prepare(stage: Stage) -> None:
    """slip's discard server."""
    stage.inetd("slip", "discard")


def play(stage: Stage) -> None:
    """Send 2048 bytes to slip from svr4, which lets IP fragment, and from solaris, which doesn't.

    slip's end of its line has an MTU of 552, bsdi's end a smaller one.
    """
    for sender in ("svr4", "solaris"):
        stage.types(sender, "sock -i -n2 -w1024 slip discard").ends(deadline_s=60)
        stage.quiet()
