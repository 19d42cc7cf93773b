"""Wrong: waits for ever, and lets every error end it with a traceback."""

import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    connection.sendall(b"hello\n")
    print(connection.makefile().readline(), end="")
