"""Section 18.6: why TIME_WAIT exists. The last ACK of a connection gets lost on its way to sun."""

from labs.stage import Stage
from labs.terminal import ESCAPE

# bsdi, the router between slip and sun, loses the first plain ACK from slip that comes after sun's
# FIN. The quota is one such segment of 40 bytes: what follows passes.
LOSS = """
table ip loss {
  counter last_ack { }
  set closing { typeof ip daddr . tcp dport; flags dynamic; size 64; }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip saddr 140.252.13.33 tcp flags & fin == fin add @closing { ip daddr . tcp dport }
    tcp flags & (fin | syn | rst | ack) == ack ip saddr . tcp sport @closing \\
      quota until 40 bytes counter name last_ack drop
  }
}
"""


def prepare(stage: Stage) -> None:
    """sun's discard server, and the loss at bsdi."""
    stage.inetd("sun", "discard")
    stage.filters("bsdi", LOSS)


def play(stage: Stage) -> None:
    """Close a connection whose last ACK is lost, and wait until sun's FIN comes again."""
    telnet = stage.types("slip", "telnet sun discard")
    telnet.shows("Escape character is")
    stage.pause(book_s=4.1)
    telnet.presses(ESCAPE)
    telnet.shows("telnet>")
    telnet.types("quit")
    telnet.ends()
    stage.quiet()
    stage.types("bsdi", "nft list counter ip loss last_ack").ends()
    stage.types("slip", "netstat -a -n -f inet").ends()
