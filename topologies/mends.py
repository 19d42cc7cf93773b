"""What mends a machine that can't do what labs need: the likeliest reason, the exact command."""

import os
import platform
import pwd
import shutil
from pathlib import Path

from topologies.abilities import TUN_DEVICE

# setup.sh writes it, where AppArmor restricts user namespaces.
PROFILE = Path("/etc/apparmor.d/tcplab-unshare")
RANGES = (Path("/etc/subuid"), Path("/etc/subgid"))
# Each switches user namespaces off where it is 0; what it should be.
SWITCHES = {"kernel.unprivileged_userns_clone": 1, "user.max_user_namespaces": 10000}
CONTAINER = (
    "A container forbids it, or a security module. Start the container with the options that\n"
    "docs/vm.md names, or run on the machine itself or in a virtual machine."
)


def of_namespaces(error: str) -> str:
    """The mend where `unshare` failed for this user with this error."""
    if os.geteuid() == 0:
        return CONTAINER
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return _of_apparmor()
    for switch, on in SWITCHES.items():
        if _read(f"/proc/sys/{switch.replace('.', '/')}") == "0":
            return (
                f"User namespaces are off. Run\n  sudo sysctl -w {switch}={on}"
                "    # until the next boot; for good: a line in /etc/sysctl.d/tcplab.conf"
            )
    if shutil.which("newuidmap") is None or shutil.which("newgidmap") is None:
        return "An ordinary user needs newuidmap and newgidmap. Run\n  sudo apt install uidmap"
    if not all(_has_range(file) for file in RANGES):
        return (
            "An ordinary user needs a range of ids in /etc/subuid and /etc/subgid. Run\n"
            "  make setup    # adds a range that nobody else has"
        )
    if "newuidmap" in error or "newgidmap" in error:
        return (
            "newuidmap and newgidmap must belong to root, with the set-user-ID bit. Run\n"
            f"  sudo apt install --reinstall uidmap\n{CONTAINER}"
        )
    return CONTAINER


def _of_apparmor() -> str:
    if PROFILE.exists():
        return (
            "AppArmor forbids user namespaces, though there is a profile for them. Load it:\n"
            f"  sudo apparmor_parser -r {PROFILE}"
        )
    return (
        "AppArmor forbids user namespaces to ordinary users (Ubuntu 24.04 and later). Run\n"
        "  make setup    # installs an AppArmor profile for this project's sandbox"
    )


def _has_range(file: Path) -> bool:
    """Whether this user has a range of ids in /etc/subuid or /etc/subgid (subuid(5))."""
    user = os.geteuid()
    try:
        names = {str(user), pwd.getpwuid(user).pw_name}
    except KeyError:
        names = {str(user)}
    return any(line.partition(":")[0] in names for line in (_read(str(file)) or "").splitlines())


def of_tun() -> str:
    """The mend where /dev/net/tun can't be opened."""
    if not TUN_DEVICE.exists():
        return f"sudo modprobe tun    # in a container: start it with --device {TUN_DEVICE}"
    return f"sudo chmod 666 {TUN_DEVICE}    # until the next boot, for every user"


def of_nftables() -> str:
    """The mend where nft doesn't work: the program is lacking, or the kernel's part is."""
    if shutil.which("nft") is None:
        return "sudo apt install nftables"
    return "sudo modprobe nf_tables"


def of_kernel() -> str:
    """The command that installs a newer kernel on this release; '' where none is known."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    if release.get("ID") == "ubuntu":
        return f"sudo apt install linux-generic-hwe-{release['VERSION_ID']}    # and reboot"
    if release.get("ID") == "debian" and "VERSION_CODENAME" in release:
        backports = f"{release['VERSION_CODENAME']}-backports"
        kernel = f"linux-image-{'arm64' if platform.machine() == 'aarch64' else 'amd64'}"
        return (
            f"echo deb http://deb.debian.org/debian {backports} main "
            f"| sudo tee /etc/apt/sources.list.d/{backports}.list\n"
            f"sudo apt update && sudo apt install -t {backports} {kernel}    # and reboot"
        )
    return ""


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
