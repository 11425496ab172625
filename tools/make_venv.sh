#!/bin/sh
# Make the virtual environment in $1 with the Python in $2, or say in a sentence what the machine lacks for it.
set -eu
folder=$1
python=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    echo "This needs Python 3.11, and '$python' is not that. Install python3.11, or name one:" >&2
    echo "    make PYTHON=/path/to/python3.11" >&2
    exit 1
fi

# Debian keeps ensurepip, which puts pip into a new environment, in a package of its own.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing python3.11-venv"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -qq --no-install-recommends python3.11-venv ca-certificates >/dev/null
    else
        echo "Python's venv module is incomplete on this machine. Install the rest, then run make again:" >&2
        echo "    sudo apt-get install python3.11-venv" >&2
        exit 1
    fi
fi

echo "Making $folder"
rm -rf "$folder"
"$python" -m venv "$folder"
