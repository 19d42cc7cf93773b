"""The student's client on bsdi, and servers on svr4 that aren't there, are late, silent or rude."""

from labs.stage import Stage
from labs.terminal import Terminal


def play(stage: Stage) -> None:
    """Refused until it gives up; refused twice, then served; never answered; reset."""
    port = stage.number("port")
    late, silent, resetting = port + 1, port + 2, port + 3
    stage.starts_program(1).wait()
    server = _server(stage, late)
    before = stage.resets("svr4")
    client = stage.starts_program(2)
    stage.refuses("svr4", before + 2, client)
    _steps(server, "listen", "accept", "read-line", "send welcome", "eof")
    client.wait()
    server = _server(stage, silent)
    _steps(server, "listen")
    client = stage.starts_program(3)
    _steps(server, "accept", "read-line", "eof")
    client.wait()
    server = _server(stage, resetting)
    _steps(server, "listen")
    client = stage.starts_program(4)
    _steps(server, "accept", "read-line", "reset")
    client.wait()


def _server(stage: Stage, port: int) -> Terminal:
    server = stage.types("svr4", f"peer -l {port}")
    server.shows("\n> ")
    return server


def _steps(server: Terminal, *steps: str) -> None:
    for step in steps:
        server.types(step)
        server.shows("\n> ")
