"""Wrong: tries again every second, and after a reset, too."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])

for _ in range(4):
    try:
        with socket.create_connection((host, port), timeout=3) as connection:
            connection.sendall(b"hello\n")
            print(connection.makefile().readline(), end="")
            sys.exit(0)
    except TimeoutError:
        print(f"{host} {port}: no answer within 3 s")
        sys.exit(2)
    except ConnectionError:
        print(f"{host} {port}: refused, trying again in 1 s")
        time.sleep(1)
print(f"{host} {port}: refused, giving up")
sys.exit(1)
