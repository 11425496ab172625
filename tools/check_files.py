"""What no linter checks: lock files name no address, and no module outgrows a sitting.

Standard library only.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "tools/node.lock", "package-lock.json")
ADDRESS = re.compile(r"://|--(?:extra-)?index-url|--find-links|\"resolved\"")
LONGEST = 400  # lines


def main() -> int:
    """Print one line a finding; 1 if there is any."""
    findings = [*addresses(), *long_modules()]
    print(*findings, sep="\n", end="\n" if findings else "")
    return 1 if findings else 0


def addresses() -> list[str]:
    """Where a lock file says from which machine to fetch: that is the business of who installs, not ours."""
    return [
        f"{name}:{number}: names an address; make it anew with `make lock`"
        for name in LOCKS
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        if ADDRESS.search(line)
    ]


def long_modules() -> list[str]:
    """Modules that hold more than one idea, going by their length."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name in listed.split("\0")
        if name and (path := ROOT / name).exists()
    }
    return [
        f"{name}: {length} lines; split it by what its parts are about (at most {LONGEST})"
        for name, length in sorted(lengths.items())
        if length > LONGEST
    ]


if __name__ == "__main__":
    sys.exit(main())
