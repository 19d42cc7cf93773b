"""The student's client on bsdi, and servers on svr4 that aren't there, are late, silent or rude."""

from labs.stage import Stage


def play(stage: Stage) -> None:
    """Refused until it gives up; refused twice, then served; never answered; reset."""
    port = stage.number("port")
    late, silent, resetting = port + 1, port + 2, port + 3
    stage.starts_program(1).wait()
    server = stage.peer("svr4", f"-l {late}")
    before = stage.resets("svr4")
    client = stage.starts_program(2)
    stage.refuses("svr4", before + 2, client)
    server.steps("listen", "accept", "read-line", "send welcome", "eof")
    client.wait()
    server = stage.peer("svr4", f"-l {silent}")
    server.steps("listen")
    client = stage.starts_program(3)
    server.steps("accept", "read-line", "eof")
    client.wait()
    server = stage.peer("svr4", f"-l {resetting}")
    server.steps("listen")
    client = stage.starts_program(4)
    server.steps("accept", "read-line", "reset")
    client.wait()
