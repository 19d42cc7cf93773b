"""From personalities to kernel settings, and what is said where they can't be had."""

from dataclasses import replace

import pytest

from topologies import firewall
from topologies.abilities import Abilities
from topologies.inside_cover import BOOK
from topologies.internet import TopologyError, part
from topologies.personalities import SYSTEMS, personality
from topologies.settings import Settings, settings
from topologies.syn_schedule import SynSchedule, syn_schedule

EVERYTHING = Abilities(
    nftables=True,
    rto_max=True,
    syn_linear_timeouts=True,
    tun=True,
    many_groups=True,
    hz=250,
    window_share=0.5,
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


@pytest.mark.parametrize(("share", "buffer"), [(0.5, 10240), (65 / 256, 20165)])
def test_the_buffer_has_room_for_the_window_on_every_kernel(share: float, buffer: int) -> None:
    its = of("bsdi", replace(EVERYTHING, window_share=share))
    assert its.sysctls["net.ipv4.tcp_rmem"].split() == [str(buffer)] * 3


def test_a_window_is_asked_for_in_multiples_of_the_mss_and_capped() -> None:
    sun = of("sun")
    assert route(sun, "140.252.13.32/27").endswith("window 4380")
    assert "tcp window > 4096 tcp window set 4096" in sun.nftables
    assert route(of("bsdi"), "140.252.13.32/27").endswith("window 4096")


def test_hosts_of_the_book_ask_for_no_address_that_they_know() -> None:
    timers = ["base_reachable_time_ms", "delay_first_probe_time"]
    its = of("sun").sysctls
    assert [its[f"net.ipv4.neigh.eth0.{timer}"] for timer in timers] == ["1200000", "1200"]
    assert not [name for name in its if name.startswith("net.ipv4.neigh.sl0")]
    assert not [name for name in of("netb").sysctls if "neigh" in name]


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


def test_an_end_of_list_is_an_override() -> None:
    assert "@th,192,32 set 0x04020000" in of("svr4", sack=True, end_of_list=True).nftables
    assert "@th" not in of("svr4", sack=True).nftables


def test_no_mss_option_is_an_override() -> None:
    assert "reset tcp option maxseg" not in of("svr4").nftables
    assert "reset tcp option maxseg" in of("svr4", mss_option=False).nftables


def test_the_fin_wait_2_timer_is_the_kernels_own_unless_a_lab_sets_it() -> None:
    assert of("bsdi", fin_wait_2_s=5).sysctls["net.ipv4.tcp_fin_timeout"] == "5"
    assert "net.ipv4.tcp_fin_timeout" not in of("bsdi").sysctls


def test_syn_timers_come_only_where_a_lab_wants_them() -> None:
    assert "net.ipv4.tcp_syn_retries" not in of("bsdi").sysctls
    assert "syn_schedule" not in of("bsdi").nftables


@pytest.mark.parametrize(
    ("host", "waits"),
    [("bsdi", ("5024ms", "23200ms", "47200ms")), ("sun", ("4784ms", "11280ms", "23312ms"))],
)
def test_syn_timers_wait_until_half_a_step_before(host: str, waits: tuple[str, ...]) -> None:
    rules = of(host, syn_timers=True).nftables
    for wait in waits:
        assert f"timeout {wait} }}" in rules


def schedule(system: str, abilities: Abilities) -> SynSchedule:
    found = syn_schedule(replace(SYSTEMS[system], syn_timers=True), abilities)
    assert found is not None
    return found


BSD, SUN = "BSD/386 1.0", "SunOS 4.1.3"


@pytest.mark.parametrize("hz", [100, 250, 300, 1000])
def test_bsds_syn_timers_are_exact_at_every_hz(hz: int) -> None:
    its = schedule(BSD, replace(EVERYTHING, hz=hz))
    assert its.exact
    assert 5500 <= its.gaps_ms[0] <= 6000
    assert its.gaps_ms[1:] == (24_000, 48_000)


@pytest.mark.parametrize(("hz", "exact"), [(100, True), (250, True), (300, True), (1000, False)])
def test_no_step_of_a_1000_hz_kernel_divides_suns_syn_timers(hz: int, exact: bool) -> None:
    its = schedule(SUN, replace(EVERYTHING, hz=hz))
    assert its.exact == exact
    assert all(
        abs(got - wanted) <= (150 if exact else 350)
        for got, wanted in zip(its.gaps_ms[1:], (12_000, 24_000), strict=True)
    )


@pytest.mark.parametrize("system", [BSD, SUN])
@pytest.mark.parametrize("hz", [100, 250, 300, 1000])
@pytest.mark.parametrize("abilities", [EVERYTHING, OLD_KERNEL])
def test_connect_gives_up_at_75_seconds(system: str, hz: int, abilities: Abilities) -> None:
    its = schedule(system, replace(abilities, hz=hz))
    assert 74_500 <= its.gives_up_ms <= 76_000
    assert all(int(value) <= 127 for value in own_retries(its))  # the kernel's limit


@pytest.mark.parametrize("system", [BSD, SUN])
@pytest.mark.parametrize("hz", [100, 250, 300, 1000])
def test_the_kernels_other_clock_gives_up_at_the_same_retry(system: str, hz: int) -> None:
    """It gives up, too, once 1 s and `tcp_syn_retries` times the cap have passed."""
    its = schedule(system, replace(EVERYTHING, hz=hz))
    cap_ms = int(its.sysctls["net.ipv4.tcp_rto_max_ms"])
    by_time_ms = 1000 + int(its.sysctls["net.ipv4.tcp_syn_retries"]) * cap_ms
    assert its.gives_up_ms - its.step_ms + 250 < by_time_ms < its.gives_up_ms - 250


def own_retries(its: SynSchedule) -> list[str]:
    names = ("tcp_syn_retries", "tcp_syn_linear_timeouts")
    return [its.sysctls[f"net.ipv4.{name}"] for name in names]


def test_syn_timers_by_kernel() -> None:
    new, old = schedule(BSD, EVERYTHING), schedule(BSD, OLD_KERNEL)
    assert new.sysctls["net.ipv4.tcp_rto_max_ms"] == "1580"
    assert "net.ipv4.tcp_rto_max_ms" not in old.sysctls
    assert own_retries(old) == ["5", "43"]
    assert not old.exact
    assert syn_schedule(replace(SYSTEMS[BSD], syn_timers=True), OLDER_KERNEL) is None


@pytest.mark.parametrize(
    ("abilities", "got", "why"),
    [
        (OLD_KERNEL, "SYNs 6.14, 23.6, 48.1 s apart", "Linux 6.15 or later is needed"),
        (OLDER_KERNEL, "Linux's own schedule", "Linux 6.15 or later is needed"),
        (NO_NFTABLES, "Linux's own schedule", "install nftables"),
    ],
)
def test_what_becomes_of_syn_timers_is_said(abilities: Abilities, got: str, why: str) -> None:
    said = [
        one for one in of("bsdi", abilities, syn_timers=True).degraded if one.aspect == "syn_timers"
    ]
    assert [(one.wanted, one.got) for one in said] == [("SYNs 6, 24, 48 s apart", got)]
    assert why in said[0].why


def test_a_1000_hz_kernel_is_named_as_the_reason() -> None:
    (said,) = of("sun", replace(EVERYTHING, hz=1000), syn_timers=True).degraded
    assert (said.got, "HZ 1000" in said.why) == ("SYNs 5.89, 12.2, 24.3 s apart", True)


@pytest.mark.parametrize(
    ("abilities", "overrides", "aspects"),
    [
        (EVERYTHING, {"syn_timers": True}, []),
        (OLD_KERNEL, {"syn_timers": True}, ["syn_timers"]),
        (OLDER_KERNEL, {"syn_timers": True}, ["syn_timers"]),
        (OLDER_KERNEL, {}, []),
        (NO_NFTABLES, {"syn_timers": True}, ["syn_timers", "tos"]),
        (NO_NFTABLES, {"mss_option": False}, ["mss", "tos"]),
        (NO_NFTABLES, {"end_of_list": True}, ["options", "tos"]),
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


def test_a_window_is_degraded_only_towards_hosts_that_are_there() -> None:
    facts = BOOK.hosts["svr4"]
    for others, got in ((["bsdi"], []), (["vangogh"], ["win 4288"])):
        here = part(BOOK, ["svr4", *others])
        its = settings(here, facts, personality(facts.system), NO_NFTABLES)
        assert [one.got for one in its.degraded if one.aspect == "window"] == got


def test_the_order_of_4_4bsds_options_needs_nftables() -> None:
    rfc1323 = personality("4.4BSD-rfc1323")
    its = settings(BOOK, BOOK.hosts["vangogh"], rfc1323, EVERYTHING)
    assert firewall.WSCALE_FIRST in its.nftables
    assert its.degraded == []
    its = settings(BOOK, BOOK.hosts["vangogh"], rfc1323, NO_NFTABLES)
    assert {one.aspect for one in its.degraded} == {"options", "window"}


def test_an_unknown_system_or_override_is_refused() -> None:
    with pytest.raises(TopologyError, match="unknown system 'VMS'.*SVR4"):
        personality("VMS")
    with pytest.raises(TopologyError, match="unknown override 'colour'.*window"):
        personality("SVR4", {"colour": "blue"})


def test_no_rules_for_nobody() -> None:
    assert firewall.ruleset(SYSTEMS["Linux"], None) == ""
