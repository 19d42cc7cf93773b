"""The programs that labs need, and the Debian packages that have them."""

import shutil
import subprocess

PACKAGES = {
    "ip": "iproute2",
    "unshare": "util-linux",
    "mnexec": "mininet",
    "brctl": "bridge-utils",
    "ifconfig": "net-tools",
    "ethtool": "ethtool",
    "ping": "iputils-ping",
    "tcpdump": "tcpdump",
    "telnet": "telnet",
    "inetd": "openbsd-inetd",
    "nft": "nftables",
    "bwrap": "bubblewrap",
    "tmux": "tmux",
}
OPTIONAL = {"nft", "tmux"}  # without nft, personalities are degraded
FOR_PROGRAMS = {"bwrap"}  # only labs that run a student's program need it


def missing(with_program: bool = False) -> list[str]:
    """The needed programs that aren't on PATH; with_program: for a lab that runs a student's."""
    spared = OPTIONAL if with_program else OPTIONAL | FOR_PROGRAMS
    return [tool for tool in PACKAGES if tool not in spared and shutil.which(tool) is None]


def mend(tools: list[str]) -> str:
    """The command that installs these programs."""
    packages = sorted({PACKAGES[tool] for tool in tools})
    return f"sudo apt install {' '.join(packages)}"


def versions() -> dict[str, str]:
    """What the tools that shape a capture say of their version, first line."""
    return {
        "tcpdump": _first_line("tcpdump", "--version"),
        "telnet": _first_line("telnet", "--version"),
        "nft": _first_line("nft", "--version"),
    }


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except OSError:
        return "absent"
    return (done.stdout or done.stderr).partition("\n")[0].strip()
