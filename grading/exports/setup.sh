#!/bin/sh
# Gradescope runs this once, as root, when it builds the autograder's image: it needs the network.
set -eu

root=${AUTOGRADER_ROOT:-/autograder}

# The first Python of 3.11 or later that can make a virtual environment.
fit_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    return 1
}

if ! python=$(fit_python); then
    apt-get update -qq
    # python3 is new enough on Ubuntu 24.04; on 22.04 there is python3.11 beside it.
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3-venv
    fit_python >/dev/null ||
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3.11 python3.11-venv
    python=$(fit_python)
fi
"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --quiet -r "$root/source/requirements.txt"
