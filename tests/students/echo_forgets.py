"""Wrong: answers at leisure, and forgets what it still owes when the client's FIN comes."""

import socket
import sys
import threading
import time


class Client:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.owed = b""
        threading.Thread(target=self.read, daemon=True).start()
        threading.Thread(target=self.answer, daemon=True).start()

    def read(self) -> None:
        try:
            while data := self.connection.recv(4096):
                self.owed += data
        except ConnectionError:
            pass
        self.owed = b""
        self.connection.shutdown(socket.SHUT_WR)

    def answer(self) -> None:
        try:
            while True:
                piece, self.owed = self.owed[:500], self.owed[500:]
                self.connection.sendall(piece)
                time.sleep(0.05)
        except OSError:
            self.connection.close()


clients = []
with socket.create_server(("", int(sys.argv[1])), backlog=8) as listener:
    while True:
        clients.append(Client(listener.accept()[0]))
