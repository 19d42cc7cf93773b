"""Section 18.4: what each system announces on its own Ethernet, and to a host far away."""

from labs.stage import Stage

ON_ETHERNET = (("sun", "bsdi"), ("svr4", "bsdi"), ("aix", "solaris"), ("gemini", "solaris"))
TO_VANGOGH = ("sun", "svr4", "bsdi", "aix", "solaris", "gemini")


def prepare(stage: Stage) -> None:
    """The discard servers."""
    for server in ("bsdi", "solaris", "vangogh"):
        stage.inetd(server, "discard")


def play(stage: Stage) -> None:
    """Send 2048 bytes on each Ethernet connection, then 1024 bytes from each system to vangogh."""
    for client, server in ON_ETHERNET:
        stage.types(client, f"sock -i -n1 -w2048 {server} discard").ends()
    for client in TO_VANGOGH:
        stage.types(client, "sock -i -n1 -w1024 vangogh discard").ends(deadline_s=60)
