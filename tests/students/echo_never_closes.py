"""Wrong: takes the end of file for a pause of the client's."""

import socket
import sys
import threading
import time


def serve(connection: socket.socket) -> None:
    while True:
        data = connection.recv(4096)
        if data:
            connection.sendall(data)
        time.sleep(0.01)


with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
