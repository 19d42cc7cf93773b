"""Section 18.10: what SYNs offer, and what is used when both offer it."""

from labs.stage import Stage

CONNECTIONS = (("netb", "gateway"), ("netb", "vangogh"), ("gemini", "netb"), ("vangogh", "bsdi"))


def prepare(stage: Stage) -> None:
    """The discard servers."""
    for server in dict.fromkeys(server for _, server in CONNECTIONS):
        stage.inetd(server, "discard")


def play(stage: Stage) -> None:
    """Send 100 bytes over each of four connections, between ends that know different options."""
    for client, server in CONNECTIONS:
        stage.types(client, f"sock -i -n1 -w100 {server} discard").ends(deadline_s=60)
