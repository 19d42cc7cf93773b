"""The student's echo server on bsdi, and clients of every kind on svr4 and sun."""

from labs.stage import Stage
from labs.terminal import Terminal

OWED = 16_000  # bytes: more than svr4 takes in unread, so that some must come behind its FIN


def play(stage: Stage) -> None:
    """Half-close, two clients at once, a client that resets, and one more."""
    program = stage.starts_program()
    stage.serves(program, stage.number("port"))
    _client(stage, "svr4", 6001).steps(f"send-and-fin {OWED}", "read-echo", "eof")
    quiet = _client(stage, "sun", 6002)
    _client(stage, "svr4", 6003).steps("send hello, world", "read-echo", "idle", "fin", "eof")
    quiet.steps("send I was first", "read-echo", "idle", "fin", "eof")
    _client(stage, "sun", 6004).steps("send never mind", "reset")
    _client(stage, "svr4", 6005).steps("send still there?", "read-echo", "idle", "fin", "eof")
    program.stop()


def _client(stage: Stage, host: str, port: int) -> Terminal:
    return stage.peer(host, f"-b {port} bsdi {stage.text('port')}")
