"""Whether a submission was played with the values of the student whose it is.

Where it wasn't, the packets of many labs are right all the same; then a person decides.
"""

from collections.abc import Iterator, Mapping

from checkers.evidence import Evidence
from checkers.verdict import Verdict
from grading.answers import WRONG, Judged
from grading.copies import ETHER, padded
from labs import catalog
from labs.catalog.variant import Values, completed


def differences(evidence: Evidence, lab: catalog.Lab, own: Values, student: str) -> list[str]:
    """What of it isn't the student's own, each in words; own: the student's values of the lab.

    A capture that came alone tells of the Ethernet address, where a host of it sent ARP messages.
    """
    return [*_claimed(evidence, lab, own, student), *_sent(evidence, lab, own, student)]


def _claimed(evidence: Evidence, lab: catalog.Lab, own: Values, student: str) -> Iterator[str]:
    """Values in run.json; what isn't there is the book's."""
    if evidence.run is None:
        return
    given = evidence.run.variant or {}
    others = [name for name, value in own.items() if given.get(name) != value]
    book = completed(catalog.rules(lab.name), {}) if others else {}
    for name in others:
        played = given.get(name, book.get(name))
        if played != own[name]:
            what = str(played) if name in given else f"the book's {played}"
            yield f"played with {name} {what}; {student} has {own[name]}"


def _sent(evidence: Evidence, lab: catalog.Lab, own: Values, student: str) -> Iterator[str]:
    """Ethernet addresses in ARP messages of the host that has the student's."""
    if ETHER not in own:
        return
    ether = padded(str(own[ETHER]))
    hosts = [name for name, host in lab.hosts.items() if host.ether]
    for name in hosts:
        addresses = evidence.names.addresses(name)
        senders = {
            padded(arp.sender_ether)
            for vantage in evidence.vantages.values()
            for arp in vantage.capture.arps
            if arp.sender_ether and arp.sender in addresses
        }
        for sender in sorted(senders - {ether}):
            yield f"{name} sent ARP messages from {sender}; {student} has {ether}"


def why(lab: str, student: str) -> str:
    """Why it is pending, and what its student can do."""
    return (
        f"not with {student}'s own values: play it with them, tcplab run {lab} --student {student} "
        "--ticket ticket.json, and hand that in"
    )


def doubted(judged: Mapping[str, Judged], why: str) -> dict[str, Judged]:
    """The questions with every answer that earns something pending."""
    return {
        name: one._replace(verdict=Verdict.INCONCLUSIVE, mark=WRONG._replace(why=why))
        if one.mark.share
        else one
        for name, one in judged.items()
    }
