#!/bin/sh
# Install what the suite needs, and nothing twice. `./setup.sh --tests` adds what only tests need.
# System packages come by apt, through sudo for an ordinary user; the rest goes into .venv here.
set -eu
cd "$(dirname "$0")"

python=/usr/bin/python3
stamp=.venv/.installed-from
lacking=.venv/.not-offered

programs='ip:iproute2 unshare:util-linux setpriv:util-linux mnexec:mininet brctl:bridge-utils
    ifconfig:net-tools ethtool:ethtool ping:iputils-ping tcpdump:tcpdump telnet:telnet
    inetd:openbsd-inetd nft:nftables newuidmap:uidmap sysctl:procps bwrap:bubblewrap
    tmux:tmux'

PATH=$PATH:/usr/sbin:/sbin

say() { echo "setup: $*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else
        say "this needs root, and there is no sudo. As root, run:"
        say "  $*"
        exit 1
    fi
}

apt_install() {
    if ! command -v apt-get >/dev/null; then
        say "this is not a Debian or Ubuntu system. Install what these packages have, then try again:"
        say "  $*"
        exit 1
    fi
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # No recommended packages: mininet's would be Open vSwitch, which
    # nothing here needs. (A list of words.)
    # shellcheck disable=SC2046
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends $(without_lacking "$@") >/dev/null
}

# Three packages may be lacking: mininet and chromium have stand-ins (below), vagrant is for one test.
# That is remembered, for once all is set up, nothing here may need a network.
without_lacking() {
    for package in "$@"; do
        case $package in mininet | vagrant | chromium)
            if ! LC_ALL=C apt-cache policy "$package" | grep -q 'Candidate: [^(]'; then
                say "this release has no package $package"
                mkdir -p .venv
                echo "$package" >> $lacking
                continue
            fi ;;
        esac
        echo "$package"
    done
}

# A snap's program is none: it may not read what lies in /tmp, as the pages of tests do.
has() {
    found=$(command -v "$1") || return 1
    case $(readlink -f "$found") in */snap) return 1 ;; esac
}

# The packages of those programs (program:package ...) that are missing here.
packages_of_missing() {
    for pair in "$@"; do
        has "${pair%%:*}" || grep -qsx "${pair##*:}" $lacking || echo "${pair##*:}"
    done | sort -u
}

# An ordinary user's sandbox needs a range of ids (for tcpdump's change of user).
ensure_id_ranges() {
    user=$(id -un)
    [ "$(id -u)" -eq 0 ] && return
    grep -q "^$user:" /etc/subuid 2>/dev/null && grep -q "^$user:" /etc/subgid 2>/dev/null && return
    say "giving $user a range of ids for its sandboxes"
    # The first range behind everybody else's: two users must never share ids.
    first=$(cat /etc/subuid /etc/subgid 2>/dev/null |
        awk -F: 'BEGIN { end = 100000 } $2 + $3 > end { end = $2 + $3 } END { print end }')
    range=$first-$((first + 65535))
    as_root usermod --add-subuids "$range" --add-subgids "$range" "$user"
}

# Ubuntu 24.04 and later: AppArmor lets ordinary users make user namespaces only by a profile.
ensure_apparmor_profile() {
    switch=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
    profile=/etc/apparmor.d/tcplab-unshare
    [ "$(cat $switch 2>/dev/null || echo 0)" = 1 ] || return 0
    cmp -s topologies/unshare.apparmor $profile && return
    say "letting unshare make user namespaces ($profile)"
    as_root install -m 644 topologies/unshare.apparmor $profile
    as_root apparmor_parser -r $profile
}

# The virtual environment, of the Python that sees the system's mininet.
ensure_environment() {
    cmp -s pyproject.toml $stamp && [ -x .venv/bin/tcplab ] &&
        .venv/bin/python -c 'import click, mininet.net' 2>/dev/null && return
    $python -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
    say "installing Python packages into .venv"
    $python -m venv --system-site-packages .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'
    ensure_mininet
    cp pyproject.toml $stamp
}

# Where the package is lacking or its modules don't load with this Python: Mininet's release on PyPI.
# Its commands to make namespaces aren't in there; topologies/mnexec stands in for them.
ensure_mininet() {
    if ! .venv/bin/python -c 'import mininet.net' 2>/dev/null; then
        say "no Mininet of this system's loads: installing the one from PyPI"
        .venv/bin/pip install --quiet --disable-pip-version-check 'mininet==2.3.0.dev6'
        .venv/bin/python -c 'import mininet.net'
    fi
    command -v mnexec >/dev/null || install topologies/mnexec .venv/bin/
}

# Where the package is lacking (Ubuntu's is a snap): the Chromium that playwright was made with, and
# what that needs of the system. Without one, all other tests can still be run.
ensure_browser() {
    # The node in playwright's package needs what the smallest systems lack.
    .venv/bin/playwright --version >/dev/null 2>&1 || apt_install libatomic1
    has chromium && return
    browsers=$PWD/.venv/browsers
    with_deps=
    if ! ls "$browsers"/chromium*/INSTALLATION_COMPLETE >/dev/null 2>&1; then
        say "installing playwright's own Chromium, about 100 MB"
        with_deps=--with-deps
    fi
    # shellcheck disable=SC2086
    PLAYWRIGHT_BROWSERS_PATH=$browsers \
        .venv/bin/playwright install $with_deps --only-shell chromium >/dev/null && return
    say "no Chromium, for the reason above: the tests of pages will fail, all others can be run."
    say "Try again with HTTPS_PROXY set, or PLAYWRIGHT_DOWNLOAD_HOST for a mirror of playwright's;"
    say "or put another Chromium on PATH, as chromium."
}

# Compiled once, also where Python may not write beside its sources: a check starts twice as fast.
compile_modules() {
    .venv/bin/python -m compileall -q captures checkers cli grading labs languages reports topologies
}

# Tests hold the decoder against tshark, the Vagrantfile against vagrant, and look at reports in a
# browser, in Korean too.
if [ "${1:-}" = --tests ]; then
    programs="$programs tshark:tshark vagrant:vagrant chromium:chromium fc-list:fontconfig"
fi

# Both are lists of words:
# shellcheck disable=SC2086
missing=$(packages_of_missing $programs)
# shellcheck disable=SC2086
if [ -n "$missing" ]; then apt_install $missing; fi
if [ "${1:-}" = --tests ] && ! fc-list :lang=ko | grep -q .; then apt_install fonts-nanum; fi
ensure_id_ranges
ensure_apparmor_profile
ensure_environment
if [ "${1:-}" = --tests ]; then ensure_browser; fi
compile_modules
