"""`sock --help`, made from the table of options."""

from .options import LETTERS

FORMS = """\
usage: sock [options] host port              client: standard input to the socket and back
       sock [options] -s [address] port      server: takes one connection, does the same
       sock [options] -i host port           source: sends -n buffers of -w bytes
       sock [options] -i -s [address] port   sink: reads until the peer closes
"""

NOTES = """
A value may stand right behind its letter (-q1), letters without a value may be joined (-svq1).
-O, -P and -Q are seconds; -p, -x and -y milliseconds; 30s and 500ms say it plainly.
SOCK_ACCEPT_QUEUE=bsd, solaris or linux in the environment: whose queue a server's -q asks for.

Examples, from chapter 18:
  sock -v bsdi echo                 type a line, see it come back; end of input closes
  sock -v -s 6666                   a server; interrupt it, and its port stays in TIME_WAIT
  sock -b1162 bsdi echo             the same local port again: can't bind local address
  sock -L0 svr4 8888                abort: end of input sends RST, not FIN
  sock -h -v bsdi 7777              half-close: end of input sends FIN, output still comes
  sock -v -b8888 vangogh 7777       one half of a simultaneous open
  sock -s 140.252.1.29 8888         a server on one local address
  sock -s -f 140.252.13.35.1081 8888
                                    a server for one foreign end; others are reset
  sock -s -v -F -q1 -O30 7777       a full accept queue for 30 seconds

Exit status: 0, 1 for a network error, 2 for a wrong command line, 130 when interrupted.
"""


def help_text() -> str:
    """The whole help: forms, every option, examples."""
    rows = [
        f"  {f'-{letter} {option.value}':<14}{option.help}" for letter, option in LETTERS.items()
    ]
    return "\n".join([FORMS, *rows, NOTES])
