# Read by ~/.bashrc on the course's machines: tcplab is at hand, and what to type next is said.
if [ -z "${VIRTUAL_ENV:-}" ]; then
    cd "$(dirname "${BASH_SOURCE[0]}")/.." && . .venv/bin/activate
    cat <<'TEXT'

  The network of TCP/IP Illustrated, Volume 1, chapter 18. Three things to type:

    tcplab list                what there is to see
    tcplab run connection      play a lab, capture it, and check it
    tcplab start connection    sit down at its hosts, and type yourself

  To hand in:  tcplab pack runs/*/* -o ~/submissions/mine.zip
  That folder is also on your own machine, as submissions/. If something fails: tcplab doctor

TEXT
fi
