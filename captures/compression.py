"""Compressed captures as a stream that can't be blown up: gzip (RFC 1952), zstd (RFC 8878).

A file of a few bytes may claim gigabytes. So no more is unpacked at a time than is asked for, and
no more in all than `SLACK_BYTES` and `RATIO` times what was read: captures that compress better
than that hold next to nothing.
"""

import sys
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from captures.errors import CaptureError
from captures.recording import Read

CHUNK_BYTES = 1 << 16
SLACK_BYTES = 32 << 20
RATIO = 50
# The window that every reader of zstd should have room for (RFC 8878, 3.1.1.1.2): 8 MiB.
WINDOW_LOG = 23


class Format(NamedTuple):
    """A format: its name, the program that unpacks it by hand, and its decompressor.

    start: makes the decompressor of one member of the file, or raises ImportError.
    """

    name: str
    program: str
    start: Callable[[], "Member"]


class Member:
    """One member (gzip) or frame (zstd) of a compressed file, of which there may be several."""

    def __init__(self, decompressor: Any, error: type[Exception]) -> None:
        self.decompressor, self.error = decompressor, error

    def unpack(self, packed: bytes, size: int) -> bytes:
        """At most `size` bytes of what is in `packed`; what is left then is in `rest`."""
        done: bytes = self.decompressor.decompress(packed, size)
        return done

    @property
    def ended(self) -> bool:
        """Whether the member is complete."""
        return bool(self.decompressor.eof)

    @property
    def unused(self) -> bytes:
        """What stands behind the complete member."""
        unused: bytes = self.decompressor.unused_data
        return unused

    @property
    def rest(self) -> bytes:
        """What was given and must be given again."""
        # zstd's keeps its rest to itself.
        rest: bytes = getattr(self.decompressor, "unconsumed_tail", b"")
        return rest

    @property
    def hungry(self) -> bool:
        """Whether nothing more comes without more to unpack."""
        return bool(getattr(self.decompressor, "needs_input", not self.rest))


def _gzip() -> Member:
    return Member(zlib.decompressobj(zlib.MAX_WBITS | 16), zlib.error)


def _zstd() -> Member:
    # Imported only where such a file comes: it isn't there on every machine, and takes its time.
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
    return Member(zstd.ZstdDecompressor(options=options), zstd.ZstdError)


FORMATS = {
    b"\x1f\x8b": Format("gzip", "gunzip", _gzip),
    b"\x28\xb5\x2f\xfd": Format("zstd", "unzstd", _zstd),
}


def format_of(start: bytes) -> Format | None:
    """The format of a file that begins with `start`; None where it isn't compressed."""
    return next((one for magic, one in FORMATS.items() if start.startswith(magic)), None)


def unpacked(form: Format, start: bytes, more: Read) -> Read:
    """What a compressed file holds that begins with `start` and goes on with `more`.

    Reading raises CaptureError where the data is damaged, ends early, or is too much.
    """
    return _Unpacking(form, start, more).read


class _Unpacking:
    def __init__(self, form: Format, start: bytes, more: Read) -> None:
        self.form, self.more = form, more
        self.packed, self.read_bytes, self.made_bytes = start, len(start), 0
        self.member: Member | None = None

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end alone."""
        made = b""
        while len(made) < size and self._fed():
            made += self._step(size - len(made))
        self.made_bytes += len(made)
        if self.made_bytes > SLACK_BYTES + RATIO * self.read_bytes:
            raise CaptureError(
                f"{self.form.name} data: {self.read_bytes} bytes hold more than {RATIO} times "
                f"as much and {SLACK_BYTES >> 20} MiB: unpack it with {self.form.program} first"
            )
        return made

    def _fed(self) -> bool:
        """Whether there is something to unpack; reads on if need be."""
        if self.packed or (self.member and not self.member.hungry):
            return True
        self.packed = self.more(CHUNK_BYTES)
        self.read_bytes += len(self.packed)
        if self.packed or not self.member:
            return bool(self.packed)
        raise CaptureError(
            f"{self.form.name} data: ends early, behind {self.read_bytes} bytes: "
            "hand in the whole file"
        )

    def _step(self, size: int) -> bytes:
        member = self.member = self.member or self._start()
        try:
            made = member.unpack(self.packed, size)
        except member.error as error:
            raise CaptureError(
                f"{self.form.name} data: damaged before offset {self.read_bytes}: {error}"
            ) from error
        self.packed = member.rest
        if member.ended:
            # Zeros may fill up the last block of a tape.
            self.packed, self.member = member.unused.lstrip(b"\0"), None
        return made

    def _start(self) -> Member:
        try:
            return self.form.start()
        except ImportError as error:
            raise CaptureError(
                f"{self.form.name} data, and no library for it here: "
                f"unpack it with {self.form.program} first"
            ) from error
