"""Wrong: closes after the first answer, without waiting for the client's FIN."""

import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    with connection:
        connection.sendall(connection.recv(4096))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
