"""Wrong: answers at leisure, a last piece when the client's FIN has come, and forgets the rest.

That piece is data behind the FIN, so the connection was half-closed; but not for as long as it
should have been.
"""

import socket
import sys
import threading

AT_ONCE = 500


def serve(connection: socket.socket) -> None:
    with connection:
        owed = b""
        try:
            while data := connection.recv(4096):
                if len(data) < AT_ONCE:
                    connection.sendall(data)
                else:
                    owed += data
            connection.sendall(owed[:AT_ONCE])
        except ConnectionError:
            pass


with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
