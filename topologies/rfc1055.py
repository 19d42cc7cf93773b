"""SLIP framing of IP datagrams on a serial line (RFC 1055). Pure: bytes in, bytes out."""

import re

END, ESC = b"\xc0", b"\xdb"
ESC_END, ESC_ESC = b"\xdc", b"\xdd"

LARGEST_DATAGRAM = 65535  # bytes; IPv4's total length has 16 bits (RFC 791, 3.1)

_UNESCAPED = {ESC_END: END, ESC_ESC: ESC}
_ESCAPED_BYTE = re.compile(re.escape(ESC) + b"(.?)", re.DOTALL)


def encode(datagram: bytes) -> bytes:
    """Frame one datagram: END, the bytes with END and ESC escaped, END.

    The END in front flushes whatever line noise came before (RFC 1055, "Protocol").
    """
    escaped = datagram.replace(ESC, ESC + ESC_ESC).replace(END, ESC + ESC_END)
    return END + escaped + END


class Decoder:
    """Finds the datagrams in a stream of bytes, however the stream is cut into chunks.

    Empty frames are skipped, and frames that decode to more than `limit` bytes are dropped whole.
    ESC before a byte other than ESC_END and ESC_ESC is a violation: the byte is kept and the ESC
    is not, as in the RFC's own receiver. ESC before END ends the frame all the same, so that
    damage stays within one datagram.
    """

    def __init__(self, limit: int = LARGEST_DATAGRAM) -> None:
        self._limit = limit
        self._frame = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take in the next bytes of the stream; return the datagrams that they complete."""
        *ended, rest = chunk.split(END)
        datagrams = [self._end_frame(part) for part in ended]
        self._append(rest)
        return [datagram for datagram in datagrams if 0 < len(datagram) <= self._limit]

    def _end_frame(self, last_part: bytes) -> bytes:
        self._append(last_part)
        datagram = _ESCAPED_BYTE.sub(_unescaped, self._frame)
        self._frame.clear()
        return datagram

    def _append(self, part: bytes) -> None:
        # Each byte takes two at most on the line, so limit + 1 bytes need no more than this: a
        # longer frame is dropped anyway, and an endless one must not fill the memory.
        room = 2 * (self._limit + 1) - len(self._frame)
        self._frame += part[:room]


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _UNESCAPED.get(bytes(match[1]), bytes(match[1]))
