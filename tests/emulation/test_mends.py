"""The doctor on broken machines: the reason is the right one, and the command mends it."""

import os

import pytest

from tests.emulation.inside import run_as

pytestmark = [
    pytest.mark.emulation,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can break a machine"),
]

OWN_RUN = "mount -t tmpfs none /run; "
HIDE = 'mount --bind /dev/null "$(readlink -f "$(command -v {0})")"'
WITHOUT_RIGHTS = (
    OWN_RUN + "cp /usr/bin/newuidmap /run; mount --bind /run/newuidmap /usr/bin/newuidmap"
)
# A file in place of one of /proc, as an administrator would have it (the kernel goes on as before).
SWITCHED_OFF = (
    "echo 0 > /run/off; mount --bind /run/off /proc/sys/user/max_user_namespaces; "
    "mount --bind /bin/false /usr/bin/unshare"
)

BROKEN = {
    HIDE.format("newuidmap"): "sudo apt install uidmap",
    "mount --bind /dev/null /etc/subuid": "make setup    # adds a range",
    "mount --bind /dev/null /etc/subgid": "make setup    # adds a range",
    WITHOUT_RIGHTS: "sudo apt install --reinstall uidmap",
    OWN_RUN + SWITCHED_OFF: "sudo sysctl -w user.max_user_namespaces=10000",
    HIDE.format("tcpdump"): "sudo apt install tcpdump",
    HIDE.format("unshare"): "sudo apt install util-linux",
}


@pytest.mark.parametrize("breaking", BROKEN)
def test_a_machine_without_sandboxes_is_unfit_and_the_mend_is_named(breaking: str) -> None:
    done = run_as("ordinary", "-m", "cli.main", "doctor", breaking=breaking)
    assert done.returncode == 3, done.stdout + done.stderr
    assert BROKEN[breaking] in done.stdout


OWN_NET = "mount -t tmpfs none /dev/net"
DEGRADED = {
    HIDE.format("nft"): "sudo apt install nftables",
    f"{OWN_NET}; mknod -m 600 /dev/net/tun c 10 200": "sudo chmod 666 /dev/net/tun",
    OWN_NET: "sudo modprobe tun",
    HIDE.format("bwrap"): "sudo apt install bubblewrap",
}


@pytest.mark.parametrize("breaking", DEGRADED)
def test_a_machine_that_lacks_something_is_degraded_and_the_mend_is_named(breaking: str) -> None:
    done = run_as("ordinary", "-m", "cli.main", "doctor", breaking=breaking)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "degraded" in done.stdout
    assert DEGRADED[breaking] in done.stdout
