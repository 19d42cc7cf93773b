"""Mends that depend on the release, and on what AppArmor has."""

import os
import platform
import shutil
from pathlib import Path

import pytest

from topologies import mends


@pytest.fixture(autouse=True)
def _ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def restricted(path: str) -> str | None:
    """What /proc says where AppArmor restricts user namespaces."""
    return "1" if path.endswith("apparmor_restrict_unprivileged_userns") else None


@pytest.mark.parametrize(
    ("there", "mend"), [(True, "sudo apparmor_parser -r"), (False, "make setup")]
)
def test_apparmor_needs_the_profile_and_needs_it_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: bool, mend: str
) -> None:
    profile = tmp_path / "tcplab-unshare"
    if there:
        profile.touch()
    monkeypatch.setattr(mends, "_read", restricted)
    monkeypatch.setattr(mends, "PROFILE", profile)
    assert mend in mends.of_namespaces("unshare: write failed /proc/self/uid_map")


def test_the_profile_is_the_one_that_setup_writes() -> None:
    setup = Path(__file__).parents[2] / "setup.sh"
    assert f"profile={mends.PROFILE}\n" in setup.read_text()


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ({"ID": "ubuntu", "VERSION_ID": "24.04"}, "linux-generic-hwe-24.04"),
        ({"ID": "debian", "VERSION_CODENAME": "trixie"}, "-t trixie-backports linux-image-"),
        ({"ID": "debian"}, ""),
        ({"ID": "fedora"}, ""),
    ],
)
def test_a_newer_kernel_comes_from_the_release_itself(
    monkeypatch: pytest.MonkeyPatch, release: dict[str, str], command: str
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    assert command in mends.of_kernel()
    assert bool(command) == bool(mends.of_kernel())


def test_nft_without_the_kernels_part_needs_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/sbin/nft")
    assert mends.of_nftables() == "sudo modprobe nf_tables"
