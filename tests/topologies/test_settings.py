"""From personalities to kernel settings, and what is said where they can't be had."""

from dataclasses import replace

import pytest

from topologies import firewall
from topologies.abilities import Abilities
from topologies.inside_cover import BOOK
from topologies.internet import TopologyError
from topologies.personalities import SYSTEMS, personality
from topologies.settings import Settings, settings
from topologies.syn_schedule import syn_schedule

EVERYTHING = Abilities(
    nftables=True, rto_max=True, syn_linear_timeouts=True, netem=True, tun=True, many_groups=True
)
OLD_KERNEL = replace(EVERYTHING, rto_max=False)
OLDER_KERNEL = replace(OLD_KERNEL, syn_linear_timeouts=False)
NO_NFTABLES = replace(EVERYTHING, nftables=False)


def of(host: str, abilities: Abilities = EVERYTHING, **overrides: object) -> Settings:
    facts = BOOK.hosts[host]
    return settings(BOOK, facts, personality(facts.system, overrides), abilities)


def route(its: Settings, destination: str) -> str:
    (found,) = (line for line in its.ip_commands if line.startswith(f"route replace {destination}"))
    return found


@pytest.mark.parametrize(
    ("host", "destination", "announced"),
    [
        ("bsdi", "140.252.13.32/27", 1024),
        ("bsdi", "140.252.0.0/16", 1024),
        ("bsdi", "0.0.0.0/0", 512),
        ("bsdi", "140.252.13.65/32", 256),
        ("svr4", "0.0.0.0/0", 536),
        ("sun", "140.252.13.32/27", 1460),
        ("sun", "140.252.0.0/16", 512),  # 536, but for the dialup line's MTU of 552
        ("aix", "0.0.0.0/0", 512),
        ("solaris", "0.0.0.0/0", 536),
        ("solaris", "140.252.13.0/24", 1460),
        ("slip", "0.0.0.0/0", 256),
        ("vangogh", "0.0.0.0/0", 512),
    ],
)
def test_the_mss_depends_on_the_system_the_distance_and_the_mtu(
    host: str, destination: str, announced: int
) -> None:
    assert f" advmss {announced} " in route(of(host), destination) + " "


def test_a_window_is_asked_for_in_multiples_of_the_mss_and_capped() -> None:
    sun = of("sun")
    assert route(sun, "140.252.13.32/27").endswith("window 4380")
    assert "tcp window > 4096 tcp window set 4096" in sun.nftables
    assert route(of("bsdi"), "140.252.13.32/27").endswith("window 4096")


def test_plain_linux_stays_as_it_is() -> None:
    netb = of("netb")
    assert "advmss" not in route(netb, "140.252.13.0/24")
    assert netb.nftables == ""
    assert netb.sysctls["net.ipv4.tcp_sack"] == "1"


def test_a_router_forwards_and_answers_for_others() -> None:
    netb = of("netb")
    assert netb.sysctls["net.ipv4.ip_forward"] == "1"
    assert "neigh add proxy 140.252.1.29 dev eth0" in netb.ip_commands
    assert of("svr4").sysctls["net.ipv4.ip_forward"] == "0"


def test_the_way_to_a_next_hop_is_the_most_specific() -> None:
    assert "via 140.252.1.29 dev sl0" in route(of("netb"), "140.252.13.0/24")


def test_only_telnet_on_berkeley_unix_asks_for_low_delay() -> None:
    assert "ip dscp set 0x4" in of("bsdi").nftables
    assert "ip dscp set 0x0" in of("svr4").nftables


def test_no_mss_option_is_an_override() -> None:
    assert "reset tcp option maxseg" not in of("svr4").nftables
    assert "reset tcp option maxseg" in of("svr4", mss_option=False).nftables


def test_syn_timers_come_only_where_a_lab_wants_them() -> None:
    assert "net.ipv4.tcp_syn_retries" not in of("bsdi").sysctls
    assert "syn_schedule" not in of("bsdi").nftables


@pytest.mark.parametrize(
    ("host", "waits"), [("bsdi", ("5s", "23s", "47s")), ("sun", ("5s", "11s", "23s"))]
)
def test_syn_timers_wait_until_one_second_before(host: str, waits: tuple[str, ...]) -> None:
    rules = of(host, syn_timers=True).nftables
    for wait in waits:
        assert f"timeout {wait} }}" in rules


def test_syn_timers_by_kernel() -> None:
    bsd = replace(SYSTEMS["BSD/386 1.0"], syn_timers=True)
    new, old = syn_schedule(bsd, EVERYTHING), syn_schedule(bsd, OLD_KERNEL)
    assert new is not None
    assert new.sysctls["net.ipv4.tcp_rto_max_ms"] == "1500"
    assert old is not None
    assert "net.ipv4.tcp_rto_max_ms" not in old.sysctls
    assert old.sysctls["net.ipv4.tcp_syn_linear_timeouts"] == "120"
    assert syn_schedule(bsd, OLDER_KERNEL) is None


@pytest.mark.parametrize(
    ("abilities", "overrides", "aspects"),
    [
        (EVERYTHING, {"syn_timers": True}, []),
        (OLD_KERNEL, {"syn_timers": True}, []),
        (OLDER_KERNEL, {"syn_timers": True}, ["syn_timers"]),
        (OLDER_KERNEL, {}, []),
        (NO_NFTABLES, {"syn_timers": True}, ["syn_timers", "tos"]),
        (NO_NFTABLES, {"mss_option": False}, ["mss", "tos"]),
        (replace(EVERYTHING, many_groups=False), {}, ["tos"]),
    ],
)
def test_what_cannot_be_had_is_said(
    abilities: Abilities, overrides: dict[str, object], aspects: list[str]
) -> None:
    assert [one.aspect for one in of("bsdi", abilities, **overrides).degraded] == aspects


def test_without_nftables_a_window_between_multiples_is_degraded() -> None:
    (one,) = of("sun", NO_NFTABLES).degraded
    assert (one.host, one.aspect, one.wanted, one.got) == ("sun", "window", "win 4096", "win 4380")
    assert of("sun", NO_NFTABLES).nftables == ""


def test_an_unknown_system_or_override_is_refused() -> None:
    with pytest.raises(TopologyError, match="unknown system 'VMS'.*SVR4"):
        personality("VMS")
    with pytest.raises(TopologyError, match="unknown override 'colour'.*window"):
        personality("SVR4", {"colour": "blue"})


def test_no_rules_for_nobody() -> None:
    assert firewall.ruleset(SYSTEMS["Linux"], None) == ""
