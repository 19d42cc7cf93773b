"""Wrong: a client that resets ends the server."""

import os
import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    with connection:
        try:
            while data := connection.recv(4096):
                connection.sendall(data)
        except ConnectionError as error:
            print(f"a client failed: {error}", flush=True)
            os._exit(1)


with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
