"""A right client: backs off where it is refused, and says what happened."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])


def connect() -> socket.socket:
    for pause_s in (1, 2, 4, None):
        try:
            return socket.create_connection((host, port), timeout=3)
        except ConnectionRefusedError:
            if pause_s is None:
                break
            print(f"{host} {port}: refused, trying again in {pause_s} s")
            time.sleep(pause_s)
    print(f"{host} {port}: refused, giving up")
    sys.exit(1)


def main() -> int:
    with connect() as connection:
        try:
            connection.sendall(b"hello\n")
            print(connection.makefile().readline(), end="")
        except TimeoutError:
            print(f"{host} {port}: no answer within 3 s")
            return 2
        except ConnectionResetError:
            print(f"{host} {port}: connection reset")
            return 3
    return 0


sys.exit(main())
