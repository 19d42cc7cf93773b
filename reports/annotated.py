"""A capture as pcapng with the hosts' names, and findings as comments on the frames they name.

Wireshark shows names in the packet list and comments above a packet's layers, and finds them by
`frame.comment`. Source: draft-ietf-opsawg-pcapng.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from struct import pack

from captures.recording import LONGEST_FRAME, Recording
from checkers.finding import Finding
from checkers.verdict import Verdict
from languages.sentences import ENGLISH, Language
from reports.place import sentence

SECTION, INTERFACE, NAMES, PACKET = 0x0A0D0D0A, 1, 4, 6
BYTE_ORDER = 0x1A2B3C4D
COMMENT, APPLICATION = 1, 4  # of a section or packet; of a section
INTERFACE_NAME, TIME_RESOLUTION = 2, 9
IPV4_NAME, IPV6_NAME = 1, 2
NANOSECONDS = b"\x09"
LONGEST = 8000  # bytes of one comment: what a person reads
MANY = 8  # a finding about more frames stands at the first and the last of them

Comments = Mapping[int, Sequence[str]]


def comments(findings: Iterable[Finding], point: str, language: Language = ENGLISH) -> Comments:
    """What to say at each frame of a vantage point, worst first; '' is a bare capture."""
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.vantage == point:
            frames = finding.frames
            for frame in frames if len(frames) <= MANY else (frames[0], frames[-1]):
                found[frame].append(finding)
    return {
        frame: [_comment(one, language) for one in _worst_first(each)]
        for frame, each in found.items()
    }


def overview(findings: Sequence[Finding], language: Language = ENGLISH) -> str:
    """What the capture as a whole is told: a line a finding, those that didn't pass first."""
    return "\n".join(
        f"{finding.verdict.name} {sentence(finding, language)}"
        for finding in _worst_first(findings)
    )


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: one.verdict, reverse=True)


def _comment(finding: Finding, language: Language) -> str:
    told = finding.hint and finding.verdict is not Verdict.PASS
    hint = f"\n{language(finding.hint)}" if told else ""
    return f"{finding.verdict.name} {sentence(finding, language)}{hint}"


def annotated(
    recording: Recording, said: Comments, hosts: Mapping[str, str], about: str, point: str
) -> Iterator[bytes]:
    """The blocks of the pcapng, in order.

    said: comments by frame number. hosts: address to name. about: the comment on the whole.
    point: where it was captured; '' where nobody knows.
    Raises CaptureError where the recording is damaged.
    """
    yield _section(about)
    yield _names(hosts)
    interfaces: dict[int, int] = {}
    for batch in recording.batches:
        for number, time_ns, link_type, data, length in batch:
            if link_type not in interfaces:
                interfaces[link_type] = len(interfaces)
                yield _interface(link_type, point)
            yield _packet(interfaces[link_type], time_ns, data, length, said.get(number, ()))


def _section(about: str) -> bytes:
    options = [*_text(COMMENT, about), *_text(APPLICATION, "tcplab")]
    return _block(SECTION, pack("<IHHq", BYTE_ORDER, 1, 0, -1) + _options(options))


def _names(hosts: Mapping[str, str]) -> bytes:
    """A name resolution block; a name that isn't an address's is left out."""
    records = b""
    for text, name in hosts.items():
        try:
            address = ip_address(text)
        except ValueError:
            continue
        kind = IPV4_NAME if address.version == 4 else IPV6_NAME
        records += _option(kind, address.packed + name.encode() + b"\0")
    return _block(NAMES, records + _option(0, b""))


def _interface(link_type: int, point: str) -> bytes:
    options = [*_text(INTERFACE_NAME, point), (TIME_RESOLUTION, NANOSECONDS)]
    return _block(INTERFACE, pack("<HHI", link_type, 0, LONGEST_FRAME) + _options(options))


def _packet(interface: int, time_ns: int, data: bytes, length: int, said: Sequence[str]) -> bytes:
    high, low = divmod(max(time_ns, 0), 1 << 32)
    head = pack("<5I", interface, high, low, len(data), length)
    options = [option for text in said for option in _text(COMMENT, text)]
    return _block(PACKET, head + _padded(data) + _options(options))


def _text(code: int, text: str) -> list[tuple[int, bytes]]:
    """An option of text, cut to a length that people read; none for ''."""
    raw = text.encode()
    if len(raw) > LONGEST:
        raw = raw[:LONGEST].decode(errors="ignore").encode() + "…".encode()
    return [(code, raw)] if raw else []


def _options(options: Sequence[tuple[int, bytes]]) -> bytes:
    return b"".join(_option(*one) for one in [*options, (0, b"")]) if options else b""


def _option(code: int, value: bytes) -> bytes:
    return pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return pack("<II", kind, size) + body + pack("<I", size)
