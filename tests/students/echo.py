"""A right echo server: a thread for each client; it closes when the client has, and not before."""

import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    with connection:
        try:
            while data := connection.recv(4096):
                connection.sendall(data)
        except ConnectionError as error:
            print(f"a client is gone: {error}")


def main() -> None:
    with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


main()
