"""Section 18.3: three systems try to connect to svr4, which is down, until they give up."""

from labs.stage import Stage

LONGEST_ATTEMPT_S = 150  # where this machine has only Linux's own timers


def prepare(stage: Stage) -> None:
    """svr4 is down, and is known by its Ethernet address."""
    for host in ("bsdi", "sun"):
        stage.keeps_arp_entry(host, "svr4")
    stage.crashes("svr4")


def play(stage: Stage) -> None:
    """Connect from bsdi, sun and netb at once; the user at netb loses patience after the others."""
    stage.types("bsdi", "date").ends()
    command = f"telnet svr4 {stage.text('service')}"
    bsdi, sun, netb = (stage.types(host, command) for host in ("bsdi", "sun", "netb"))
    stage.waits("until bsdi and sun give up, 75 s after their first SYN", LONGEST_ATTEMPT_S)
    bsdi.shows("Connection timed out", deadline_s=LONGEST_ATTEMPT_S)
    stage.types("bsdi", "date").ends()
    sun.shows("Connection timed out", deadline_s=30)
    netb.interrupts()
    for telnet in (bsdi, sun, netb):
        telnet.ends()
