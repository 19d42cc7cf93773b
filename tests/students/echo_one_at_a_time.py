"""Wrong: serves one client after the other."""

import socket
import sys

with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                while data := connection.recv(4096):
                    connection.sendall(data)
            except ConnectionError:
                pass
