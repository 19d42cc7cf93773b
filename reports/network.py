"""The picture of a run's network: each Ethernet a line with its hosts below it, other links
between their two hosts. Lengths in pixels.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from captures.run import Host, Link, Run
from languages.sentences import Language

BOX, ROW, HEAD = 240, 16, 40  # a host's width, one interface's height, name and system above
COLUMN = BOX + 26
MARGIN = 16
BUS = 44  # from an Ethernet's line up to its name, and down to its hosts
LOWER = 74  # from a host down to the one that hangs on it
LEVEL = 64  # between one Ethernet with its hosts and the next
SIDE = 30  # for a link that goes down beside the hosts


class Box(NamedTuple):
    """A host: left, top, height; interfaces with MTUs, and whether tcpdump listened there."""

    x: float
    y: float
    height: float
    name: str
    system: str
    interfaces: tuple[tuple[str, str, bool], ...]

    @property
    def middle(self) -> float:
        """Where its middle is, from the left."""
        return self.x + BOX / 2


class Wire(NamedTuple):
    """A link's line and what is said of it. turned: whether its text runs downwards."""

    points: tuple[tuple[float, float], ...]
    text: str
    at: tuple[float, float]
    turned: bool = False
    bus: bool = False


class NetworkPicture(NamedTuple):
    """All that is drawn of a network."""

    title: str
    told: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


def network(run: Run, language: Language) -> NetworkPicture:
    """The picture of a run's hosts and links, with addresses and MTUs."""
    boxes: dict[str, Box] = {}
    wires: list[Wire] = []
    levels = _levels(run)
    columns = max(len(level) for _, level in levels)
    low = float(MARGIN)
    for bus, level in levels:
        top = low + (BUS if bus else 0)
        low = _place(run, level, columns, top + (BUS / 2 if bus else 0), boxes)
        if bus:
            wires += _bus(bus, [boxes[host] for host in _hosts_of(bus)], top, language)
        low += LEVEL
    width = MARGIN * 2 + columns * COLUMN
    wires += _lines(run.links, boxes, width - MARGIN, language)
    return NetworkPicture(
        title=language("Network of the run"),
        told=language("{hosts} hosts and {links} links, with addresses and MTUs in bytes.").format(
            hosts=len(run.hosts), links=len(run.links)
        ),
        width=width + SIDE,
        height=low - LEVEL + MARGIN,
        boxes=tuple(boxes.values()),
        wires=tuple(wires),
    )


def _hosts_of(link: Link) -> list[str]:
    return [end.partition(" ")[0] for end in link.ends]


def _levels(run: Run) -> list[tuple[Link | None, list[str]]]:
    """The Ethernets, each with its hosts and what hangs on them; last, hosts on none.

    The one that leads on comes last in its row, a host with another below it first.
    """
    ethernets = [link for link in run.links if link.kind == "ethernet"]
    on_one = {host for link in ethernets for host in _hosts_of(link)}
    hanging = _hanging(run, on_one)
    levels: list[tuple[Link | None, list[str]]] = []
    for link in ethernets:
        hosts = [host for host in _hosts_of(link) if host in run.hosts]
        hosts.sort(key=lambda host: (host not in hanging.values(), _leads_on(host, run, on_one)))
        levels.append((link, hosts))
    alone = [host for host in run.hosts if host not in on_one and host not in hanging]
    return [*reversed(levels), *([(None, alone)] if alone else [])]


def _hanging(run: Run, on_one: set[str]) -> dict[str, str]:
    """Hosts on no Ethernet, by name, and the host on one that a line ties each to."""
    found: dict[str, str] = {}
    for link in run.links:
        ends = _hosts_of(link)
        outside = [host for host in ends if host not in on_one]
        inside = [host for host in ends if host in on_one]
        if len(outside) == 1 == len(inside) and inside[0] not in found.values():
            found[outside[0]] = inside[0]
    return found


def _leads_on(host: str, run: Run, on_one: set[str]) -> bool:
    """Whether a line leads from this host to one on another Ethernet."""
    lines = [link for link in run.links if link.kind != "ethernet"]
    return any(host in _hosts_of(line) and on_one.issuperset(_hosts_of(line)) for line in lines)


def _place(
    run: Run, level: Sequence[str], columns: int, top: float, boxes: dict[str, Box]
) -> float:
    """Put a row of hosts, and below them those that hang on them; returns how far down it goes."""
    on_one = {host for link in run.links if link.kind == "ethernet" for host in _hosts_of(link)}
    below = {host: other for other, host in _hanging(run, on_one).items()}
    lowest = top
    for place, host in enumerate(level):
        last = place == len(level) - 1 and _leads_on(host, run, on_one)
        x = MARGIN + COLUMN * (columns - 1 if last else place)
        boxes[host] = _box(run, host, x, top)
        bottom = top + boxes[host].height
        if host in below:
            boxes[below[host]] = _box(run, below[host], x, bottom + LOWER)
            bottom += LOWER + boxes[below[host]].height
        lowest = max(lowest, bottom)
    return lowest


def _box(run: Run, name: str, x: float, y: float) -> Box:
    host = run.hosts.get(name) or Host("", {})
    heard = {(point.host, point.interface) for point in run.vantage_points}
    interfaces = tuple(
        (f"{interface} {address}", _mtu(host.mtus.get(interface)), (name, interface) in heard)
        for interface, address in host.interfaces.items()
    )
    return Box(x, y, HEAD + ROW * len(interfaces) + 6, name, host.system, interfaces)


def _mtu(mtu: int | None) -> str:
    return f"MTU {mtu}" if mtu else ""


def _bus(link: Link, boxes: Sequence[Box], y: float, language: Language) -> Iterator[Wire]:
    left, right = min(box.x for box in boxes), max(box.x for box in boxes) + BOX
    yield Wire(((left, y), (right, y)), _told(link, language), (left, y - 10), bus=True)
    for box in boxes:
        yield Wire(((box.middle, y), (box.middle, box.y)), "", (0, 0))


def _lines(
    links: Sequence[Link], boxes: Mapping[str, Box], edge: float, language: Language
) -> Iterator[Wire]:
    """Links between two hosts: straight down, or beside the hosts from one row to another."""
    for link in links:
        ends = [boxes[host] for host in _hosts_of(link) if host in boxes]
        if link.kind == "ethernet" or len(ends) != 2:
            continue
        upper, lower = sorted(ends, key=lambda box: box.y)
        told = _told(link, language)
        if upper.x == lower.x and lower.y - upper.y - upper.height == LOWER:
            start, end = (upper.middle, upper.y + upper.height), (lower.middle, lower.y)
            at = (upper.x, start[1] + LOWER / 2 + 4)
            yield Wire((start, end), told, at)
            continue
        rights = [(box.x + BOX, box.y + box.height / 2) for box in (upper, lower)]
        way = (rights[0], (edge, rights[0][1]), (edge, rights[1][1]), rights[1])
        yield Wire(way, told, (edge + 6, (rights[0][1] + rights[1][1]) / 2), turned=True)


def _told(link: Link, language: Language) -> str:
    """`slip-bsdi: 9600 bit/s`, `internet: 61.25 ms one way, MTU 1500`."""
    parts = []
    if "bit_rate" in link.settings:
        parts.append(language("{rate} bit/s").format(rate=link.settings["bit_rate"]))
    if "delay_ms" in link.settings:
        delay = f"{link.settings['delay_ms']:g}"
        parts.append(language("{delay} ms one way").format(delay=delay))
    if "mtu" in link.settings:
        parts.append(f"MTU {link.settings['mtu']}")
    return f"{link.name}: {', '.join(parts)}" if parts else link.name
