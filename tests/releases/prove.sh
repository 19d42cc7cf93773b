#!/bin/bash
# Prove the README's two commands on clean systems: tests/releases/prove.sh RELEASE...
# RELEASE is a Debian or Ubuntu code name: bookworm, trixie, noble, resolute. Needs root, mmdebstrap
# and, for Ubuntu's releases on Debian, the package ubuntu-keyring.
#
#   COMMANDS="make labs..."  what is typed, a line each, in the checkout
#   USERS="root student"     by whom; student may use sudo
#   BUILD=build/releases     where the systems and the logs go; a system that is there is used again
#   DEBIAN, UBUNTU           mirrors
#   WITHOUT="mininet"        packages that these systems shall not offer
#   COPY="/etc/pip.conf ..." files of this machine that its systems need to reach the package mirrors
#
# What else commands need of this machine's environment stands before them, as for Ubuntu's tests on a
# machine that has a mirror of playwright's: COMMANDS="PLAYWRIGHT_DOWNLOAD_HOST=http://... make test".
#
# Each system is made once; each user gets an overlay of it, and a clone of the last commit. All runs in
# private mount and pid namespaces, on this machine's kernel and network: AppArmor's part can't be
# proven this way, unless this machine has it.
# shellcheck disable=SC1091,SC2329  # functions are sent into the namespaces
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
: "${COMMANDS:=$'make labs\nmake test'}" "${USERS:=root student}" "${WITHOUT:=}" "${COPY:=}"
: "${DEBIAN:=http://deb.debian.org/debian}" "${UBUNTU:=http://archive.ubuntu.com/ubuntu}"
BUILD=$(mkdir -p "${BUILD:=$project/build/releases}" && cd "$BUILD" && pwd)

say() { echo "prove: $*" >&2; }

# What a user has on a new machine: a minimal system with the release's updates, certificates, make, sudo.
make_system() {
    local release=$1 mirror=$DEBIAN keyring=debian-archive components=main
    [ -e "$BUILD/$release/made" ] && return
    case $release in
    noble | questing | resolute) mirror=$UBUNTU keyring=ubuntu-archive components="main universe" ;;
    esac
    say "making a minimal system of $release"
    rm -rf "${BUILD:?}/$release"
    mkdir "$BUILD/$release"
    mmdebstrap --quiet --mode=root --variant=minbase --include=apt,ca-certificates,make,sudo \
        --keyring="/usr/share/keyrings/$keyring-keyring.gpg" \
        "$release" "$BUILD/$release/system" "deb $mirror $release $components" \
        "deb $mirror $release-updates $components" >"$BUILD/$release/made.log"
    touch "$BUILD/$release/made"
}

# Inside new namespaces: $1 release's folder, $2 user. The root must be pivoted, not chrooted:
# a kernel gives no user namespaces within a chroot.
enter() {
    local root=$1/$2/root user=$2 file package
    mkdir -p "$root" "$1/$2/upper" "$1/$2/work"
    mount --make-rprivate /
    mount -t overlay -o "lowerdir=$1/system,upperdir=$1/$2/upper,workdir=$1/$2/work" overlay "$root"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    mount -t proc proc "$root/proc"
    for file in /etc/hosts /etc/resolv.conf $COPY; do
        rm -f "$root$file"
        install -D -m 644 "$file" "$root$file"
    done
    for package in $WITHOUT; do
        printf 'Package: %s\nPin: release *\nPin-Priority: -1\n\n' "$package"
    done >"$root/etc/apt/preferences.d/without"
    [ "$user" = root ] || add_user "$root" "$user"
    git clone --quiet --depth 1 "file://$project" "$root/tmp/tcplab"
    git -C "$root/tmp/tcplab" log -1 --format='== commit %h, %s'
    cd "$root"
    mkdir -p old
    pivot_root . old
    umount --lazy old
    exec /bin/bash -c "$(declare -f as_user); as_user $user"
}

add_user() {
    chroot "$1" useradd --create-home --shell /bin/bash "$2"
    echo "$2 ALL=(ALL) NOPASSWD: ALL" > "$1/etc/sudoers.d/$2"
}

# In the new root: the user's own clone, and the commands in it.
as_user() {
    local home=/root
    [ "$1" = root ] || home=/home/$1
    cp -r /tmp/tcplab "$home/tcplab"
    chown -R "$1:" "$home/tcplab"
    cd "$home/tcplab"
    while read -r command; do
        echo "== $1, on $(. /etc/os-release; echo "$PRETTY_NAME"): $command"
        setpriv --reuid "$1" --regid "$1" --init-groups env -i HOME="$home" USER="$1" LANG=C.UTF-8 \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            sh -c "$command" </dev/null || exit
    done <<<"$COMMANDS"
    echo "== done, with $(.venv/bin/python --version)"
}

prove() {
    local release=$1 user=$2 log=$BUILD/$1/$2.log
    rm -rf "${BUILD:?}/$release/$user"
    export BUILD COPY COMMANDS WITHOUT project
    say "$release, $user: at work; tail -f $log"
    unshare --mount --pid --ipc --uts --fork --kill-child bash -c \
        "set -euo pipefail; $(declare -f enter add_user as_user); enter '$BUILD/$release' $user" \
        >"$log" 2>&1 &
    # It hears no other signal, and with it goes all that it started.
    trap 'kill -KILL $!; exit 130' INT TERM
    if wait $!; then
        say "$release, $user: proven; $log"
    else
        say "$release, $user: FAILED; the end of $log:"
        tail -n 20 "$log" >&2
        return 1
    fi
}

[ $# -gt 0 ] || { sed -n '2,18s/^# \{0,1\}//p' "$0"; exit 2; }
failed=0
for release in "$@"; do
    make_system "$release"
    for user in $USERS; do prove "$release" "$user" || failed=1; done
done
exit $failed
