"""-c: newlines of a terminal and CR/LF of the network."""


def to_network(data: bytes) -> bytes:
    """Every newline as CR/LF."""
    return data.replace(b"\n", b"\r\n")


def from_network(data: bytes) -> tuple[bytes, bytes]:
    """Every CR/LF as a newline, and a last CR held back: its LF may be in the next segment."""
    held = b"\r" if data.endswith(b"\r") else b""
    return data.removesuffix(held).replace(b"\r\n", b"\n"), held
