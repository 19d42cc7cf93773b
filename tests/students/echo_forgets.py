"""Wrong: answers 500 bytes of what a client says, and forgets the rest when the FIN comes.

The first bytes are answered before the client's FIN can be on the wire: its window lets no more
than a quarter of its data out until they were read.
"""

import socket
import sys
import threading

AT_ONCE = 500


class Client:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.owed = b""
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with self.connection:
            try:
                while data := self.connection.recv(4096):
                    self.answer(data)
            except ConnectionError:
                pass

    def answer(self, data: bytes) -> None:
        if not self.owed:
            self.connection.sendall(data[:AT_ONCE])
            data = data[AT_ONCE:]
        self.owed += data


clients = []
with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
    while True:
        clients.append(Client(listener.accept()[0]))
