"""Read a capture of any origin: the content decides what it is, never the name."""

from io import BytesIO

from captures import compression, fast, pcap
from captures.capture import Capture
from captures.decode import Decoded, decode
from captures.errors import CaptureError
from captures.links import ETHERNET
from captures.place import Place
from captures.recording import CHUNK_BYTES, Read, Recording

__all__ = ["Capture", "parse", "read"]

PCAPNG = b"\n\r\r\n"

# Read of a file first; most students' captures are no longer.
FIRST_BYTES = 1 << 16
# From so many bytes on, numpy saves more time than it takes to load.
LARGE_BYTES = 1 << 22

# A listing takes forty times its size in memory while it is read, and a book's has few lines.
LONGEST_LISTING = 1 << 20

REMEDY = "give a pcap, a pcapng, what tcpdump printed, or a listing in the book's notation"

# What people hand in by mistake, by its first bytes, and what to do about it.
FOREIGN = {
    b"\x1f\x8b": ("gzip data, packed twice", "unpack it with gunzip first"),
    b"BZh": ("bzip2 data", "unpack it with bunzip2 first"),
    b"\xfd7zXZ\x00": ("xz data", "unpack it with unxz first"),
    b"\x28\xb5\x2f\xfd": ("zstd data, packed twice", "unpack it with unzstd first"),
    b"PK\x03\x04": ("a zip archive", "unpack it first"),
    b"\xa1\xb2\xcd\x34": ("a modified pcap", "convert it with `editcap -F pcap OLD NEW`"),
    b"\x34\xcd\xb2\xa1": ("a modified pcap", "convert it with `editcap -F pcap OLD NEW`"),
    b"snoop\x00": ("a snoop capture", "convert it with `editcap -F pcap OLD NEW`"),
    b"%PDF": ("a PDF document", REMEDY),
    b"\x89PNG": ("a picture", REMEDY),
    b"\x7fELF": ("a program", REMEDY),
    b"{": ("JSON", REMEDY),
    b"<": ("HTML or XML", REMEDY),
}


def read(path: Place) -> Capture:
    """Read a capture file; raises CaptureError that begins with the path, and OSError.

    A pcap or pcapng is read and decoded bit by bit: memory goes to the columns alone.
    """
    with path.open("rb") as file:
        try:
            return _parse(file.read(FIRST_BYTES), file.read)
        except CaptureError as error:
            raise CaptureError(f"{path}: {error}") from error


def parse(data: bytes) -> Capture:
    """Read a capture's bytes: pcap, pcapng, tcpdump's text, else a listing.

    Each may be packed by gzip or zstd.

    Raises CaptureError that says where the bytes are wrong, or what they seem to be instead.
    """
    more = BytesIO(data).read
    return _parse(more(FIRST_BYTES), more)


def recording(path: Place) -> Recording:
    """The frames of a capture file as they are, read as they are asked for.

    Raises CaptureError, also for a listing, which has none; OSError.
    """
    # Small enough to be held: what is annotated is looked at, frame by frame, by a person.
    start, more = _unpacked(path.read_bytes())
    if start[:4] in pcap.MAGICS:
        return pcap.read(start, more)
    if start[:4] == PCAPNG:
        from captures import pcapng

        return pcapng.read(start, more)
    raise CaptureError("only a pcap or pcapng has frames, and this is neither")


def _unpacked(data: bytes) -> tuple[bytes, Read]:
    more = BytesIO(data).read
    return _start(more(FIRST_BYTES), more)


def _start(start: bytes, more: Read) -> tuple[bytes, Read]:
    """The same, unpacked where it is compressed."""
    form = compression.format_of(start)
    if not form:
        return start, more
    more = compression.unpacked(form, start, more)
    return more(FIRST_BYTES), more


def _parse(start: bytes, more: Read) -> Capture:
    """Read a capture that begins with `start` and goes on with `more`."""
    start, more = _start(start, more)
    if not start:
        raise CaptureError("empty file: nothing was written to it; capture again")
    if start[:4] in pcap.MAGICS:
        return _pcap(start, more)
    if start[:4] == PCAPNG:
        from captures import pcapng  # loaded late, as the readers of texts are

        recording = pcapng.read(start, more)
        return _capture(recording, decode(recording))
    for magic, (name, remedy) in FOREIGN.items():
        if start.startswith(magic):
            raise CaptureError(f"this is {name}, no capture: {remedy}")
    return _printed(_text(_whole(start, more)))


def _printed(text: str) -> Capture:
    """Read a text. Its readers take longer to load than a small pcap to be read."""
    from captures import listing, tcpdump_text

    return tcpdump_text.read(text) if tcpdump_text.recognises(text) else listing.read(text)


def _whole(start: bytes, more: Read) -> bytes:
    """All bytes of a text; raises CaptureError where it is too long to have been printed."""
    parts, size = [start], len(start)
    while size <= LONGEST_LISTING and (part := more(CHUNK_BYTES)):
        parts.append(part)
        size += len(part)
    if size > LONGEST_LISTING:
        raise CaptureError(
            f"a text of more than {LONGEST_LISTING >> 20} MiB can't be a listing: "
            "give the pcap that it was printed from"
        )
    return b"".join(parts)


def _pcap(start: bytes, more: Read) -> Capture:
    if len(start) == FIRST_BYTES and pcap.header(start).link_type == ETHERNET:
        start += more(LARGE_BYTES - len(start))
        vectors = fast.vectors() if len(start) >= LARGE_BYTES else None
        if vectors:
            return _capture(*vectors.read(start, more))
    recording = pcap.read(start, more)
    return _capture(recording, decode(recording))


def _capture(recording: Recording, found: Decoded) -> Capture:
    return Capture(
        kind=recording.kind,
        columns=found.columns(),
        frames=recording.count,
        arps=found.arps,
        cut_short=recording.cut_short,
        drops=recording.drops,
        timed=recording.timed,
        unreachables=found.unreachables,
        fragments=found.fragments,
        others=found.others,
        clipped=found.clipped,
        names=recording.names,
    )


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = data[:4].hex(" ")
        raise CaptureError(f"unknown kind of file, it begins with {start}: {REMEDY}") from error
    return text
