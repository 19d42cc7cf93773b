"""The facts, and the refusal of what can't be built."""

from dataclasses import replace

import pytest

from captures.names import BOOK_ETHERNETS, BOOK_HOSTS
from topologies.inside_cover import BOOK, HOSTS, LINKS, WAN_DELAY_MS, etc_hosts, etc_services
from topologies.internet import (
    DELAY,
    ETHERNET,
    SLIP,
    Host,
    Interface,
    Link,
    TopologyError,
    internet,
    part,
    with_mtus,
)


def ethernet_host(name: str, address: str) -> Host:
    return Host(name, "Linux", (Interface("eth0", "lan", address, "02:00:00:00:00:01"),), {})


LAN = Link("lan", ETHERNET, mtu=1500)


def test_the_book_has_ten_hosts_with_their_addresses() -> None:
    assert sorted(BOOK.hosts) == sorted(
        "bsdi sun svr4 slip netb gateway aix solaris gemini vangogh".split()
    )
    assert BOOK.hosts["bsdi"].on("slip-bsdi").address == "140.252.13.66/32"
    assert BOOK.hosts["bsdi"].on("ethernet-13").ether == "00:00:c0:6f:2d:40"
    assert BOOK.mtu(BOOK.hosts["slip"].interfaces[0]) == 296
    assert BOOK.mtu(BOOK.hosts["netb"].on("slip-netb")) == 552


def test_the_wide_area_hop_gets_what_the_dialup_line_leaves_of_210_ms() -> None:
    assert pytest.approx(2 * WAN_DELAY_MS + 2 * 42 * 10 / 9.6) == 210


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (Link("lan", ETHERNET, mtu=67), "mtu 67"),
        (Link("lan", ETHERNET, mtu=65536), "mtu 65536"),
        (Link("lan", SLIP, mtu=296, bit_rate=0), "bit_rate 0"),
        (Link("lan", SLIP, mtu=296, bit_rate=-9600), "bit_rate -9600"),
        (Link("lan", SLIP, mtu=296), "bit_rate None"),
        (Link("lan", DELAY, mtu=1500, delay_ms=-0.1), "delay_ms -0.1"),
        (Link("lan", DELAY, mtu=1500), "delay_ms None"),
        (Link("lan", "token-ring", mtu=1500), "token-ring"),
    ],
)
def test_a_bad_link_is_refused_and_named(link: Link, message: str) -> None:
    hosts = [ethernet_host("a", "10.0.0.1/24"), ethernet_host("b", "10.0.0.2/24")]
    with pytest.raises(TopologyError, match=message):
        internet([link], hosts)


@pytest.mark.parametrize("mtu", [68, 65535])
def test_the_mtu_may_go_to_its_limits(mtu: int) -> None:
    assert internet([replace(LAN, mtu=mtu)], [ethernet_host("a", "10.0.0.1/24")])


def test_a_delay_of_nothing_is_a_delay() -> None:
    hosts = [ethernet_host("a", "10.0.0.1/32"), ethernet_host("b", "10.0.0.2/32")]
    assert internet([Link("lan", DELAY, mtu=1500, delay_ms=0)], hosts)


def test_a_line_has_two_ends() -> None:
    with pytest.raises(TopologyError, match="2 ends, not 1"):
        internet([Link("lan", DELAY, mtu=1500, delay_ms=1)], [ethernet_host("a", "10.0.0.1/32")])


def test_two_hosts_cannot_have_one_address() -> None:
    twins = [ethernet_host("a", "10.0.0.1/24"), ethernet_host("b", "10.0.0.1/24")]
    with pytest.raises(TopologyError, match=r"a and b both have the address 10\.0\.0\.1"):
        internet([LAN], twins)


def test_one_host_may_lend_its_address_to_its_own_unnumbered_line() -> None:
    netb = BOOK.hosts["netb"]
    addresses = {interface.address.split("/")[0] for interface in netb.interfaces}
    assert addresses == {"140.252.1.183"}


@pytest.mark.parametrize("address", ["10.0.0.256/24", "10.0.0.1/33", "fe80::1/64", "here"])
def test_a_bad_address_is_refused(address: str) -> None:
    with pytest.raises(TopologyError, match="a eth0"):
        internet([LAN], [ethernet_host("a", address)])


def test_a_bad_route_is_refused() -> None:
    host = replace(ethernet_host("a", "10.0.0.1/24"), routes={"10.0.0.0/24": "nowhere"})
    with pytest.raises(TopologyError, match="a: route"):
        internet([LAN], [host])


def test_an_unknown_link_or_host_is_named_with_the_known_ones() -> None:
    with pytest.raises(TopologyError, match="unknown link 'lan'"):
        internet([], [ethernet_host("a", "10.0.0.1/24")])
    with pytest.raises(TopologyError, match="unknown host 'nowhere'.*svr4"):
        part(BOOK, ["svr4", "nowhere"])


@pytest.mark.parametrize(
    ("named", "built"),
    [
        (["svr4", "bsdi"], {"svr4", "bsdi"}),
        (["sun", "slip"], {"sun", "bsdi", "slip"}),
        (["bsdi", "vangogh"], {"bsdi", "sun", "netb", "gateway", "vangogh"}),
        (["solaris"], {"solaris"}),
    ],
)
def test_a_lab_gets_its_hosts_and_the_routers_between_them(
    named: list[str], built: set[str]
) -> None:
    assert set(part(BOOK, named).hosts) == built


def test_a_part_drops_the_lines_that_lost_an_end() -> None:
    two = part(BOOK, ["svr4", "bsdi"])
    assert set(two.links) == {"ethernet-13"}
    assert [interface.name for interface in two.hosts["bsdi"].interfaces] == ["eth0"]


def test_each_end_of_a_line_has_its_own_mtu() -> None:
    changed = with_mtus(BOOK, {"slip": {"sl0": 552}})
    assert changed.mtu(changed.hosts["slip"].interfaces[0]) == 552
    assert changed.mtu(changed.hosts["bsdi"].on("slip-bsdi")) == 296


@pytest.mark.parametrize(
    "mtus", [{"nowhere": {"sl0": 552}}, {"slip": {"eth9": 552}}, {"slip": {"sl0": 67}}]
)
def test_a_bad_mtu_setting_is_refused(mtus: dict[str, dict[str, int]]) -> None:
    with pytest.raises(TopologyError):
        with_mtus(BOOK, mtus)


def test_names_and_services_are_the_books() -> None:
    assert "140.252.13.33 sun\n140.252.1.29 sun\n" in etc_hosts()
    assert "128.32.130.2 vangogh vangogh.cs.berkeley.edu\n" in etc_hosts()
    assert "discard 9/tcp\ndiscard 9/udp\n" in etc_services()


def test_the_facts_pass_their_own_checks() -> None:
    assert internet(LINKS, HOSTS) == BOOK


def test_captures_name_the_hosts_that_are_built() -> None:
    """Two lists, since a grader of captures has no networks: they must not drift apart."""
    built = {
        interface.address.partition("/")[0]: host.name
        for host in BOOK.hosts.values()
        for interface in host.interfaces
    }
    assert built == BOOK_HOSTS


def test_captures_know_the_ethernets_that_are_built() -> None:
    """So that a capture at one host's interface serves for another's on the same wire."""
    wires = [link.name for link in BOOK.links.values() if link.kind == ETHERNET]
    built = [{f"{host.name} {host.on(wire).name}" for host in BOOK.on(wire)} for wire in wires]
    assert built == [set(points) for points in BOOK_ETHERNETS]
