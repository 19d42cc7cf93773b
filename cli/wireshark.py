"""Wireshark beside a lab by hand: a pipe to it."""

import os
import shutil
import subprocess

from topologies.hosts import BookHost

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


def wireshark(host: BookHost, interface: str) -> str:
    """Open Wireshark on what passes at an interface; what is to be said of it."""
    if shutil.which("wireshark") is None:
        return (
            "no wireshark here. Run\n  sudo apt install wireshark\nor look at the captures "
            "with `timeline`, or after leaving (pcap/ in the run directory)"
        )
    if not any(os.environ.get(screen) for screen in SCREENS):
        return (
            "wireshark needs a graphical screen, and this terminal has none: use "
            f"`tcpdump {host.name}`, or open the captures elsewhere after leaving"
        )
    options = ["--immediate-mode", "-U", "-Z", "root", "-i", interface, "-w", "-"]
    tcpdump = host.start("tcpdump", *options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    subprocess.Popen(
        ["wireshark", "-k", "-i", "-"],
        stdin=tcpdump.stdout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return f"wireshark opens on {host.name} {interface}"
