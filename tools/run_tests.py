"""Run the tests with all that this machine can offer them, and say at the end what was left out.

    python tools/run_tests.py [arguments for pytest]
    python tools/run_tests.py --needs    only get what the tests need from Debian (root)

Root gets what is missing: Chromium and a TimescaleDB. Then nothing may be skipped: a skipped test fails the
run. The one exception are tests on files of real people's readings, which may not be copied into the repository:
where they are not beside it, these tests are named and do not fail. Anyone else runs with what is there, and
reads last what was left out and the command that adds it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
TIMESCALE = ROOT / "tools" / "timescale.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REAL_FILES = ROOT.parent / "shared" / "data"
ON_REAL_FILES = "test_real_files"  # name of the modules that read them
ADD = "sudo make test-needs"

FAILED = 1  # pytest's own exit code for it


@dataclass(frozen=True)
class Need:
    """Something that is not a Python package and that the tests with this marker need."""

    name: str
    marker: str
    variable: str  # tells the tests where it is
    value: str | None  # None: this machine has none


def main() -> int:
    """Run pytest and speak last. Its exit code; failed too where root skipped something."""
    root = os.geteuid() == 0
    if root:
        install_browser()
        subprocess.run([sys.executable, TIMESCALE, "start"], check=True, stdout=subprocess.DEVNULL)
    if sys.argv[1:] == ["--needs"]:
        return 0 if root else refuse()
    needs = look_around()
    os.environ.update({need.variable: need.value for need in needs if need.value})
    missing = [need for need in needs if not need.value]
    if root and missing:
        sys.exit(f"{missing[0].name} was installed and is still not found.")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = pytest(missing, report, sys.argv[1:])
        skipped = skipped_in(report)
    tell(missing, skipped)
    wrong = [test for test in skipped if REAL_FILES.is_dir() or ON_REAL_FILES not in test]
    return FAILED if root and wrong and code == 0 else code


def install_browser() -> None:
    """Get Chromium from Debian where there is no browser, with fonts that stand in for Arial."""
    if browser():
        return
    if not shutil.which("apt-get"):
        sys.exit(
            f"The tests need a browser: none of {', '.join(BROWSERS)} is here, nor apt-get to install one."
        )
    print("Installing Chromium for the tests", flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    packages = ["chromium", "fonts-liberation", "libatomic1"]
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    install = ["apt-get", "install", "-qq", "--no-install-recommends", *packages]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)


def browser() -> str | None:
    """Path of a browser that the journeys can drive, if there is also the library that their driver loads."""
    if not find_library("atomic"):
        return None
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def look_around() -> list[Need]:
    """What there is, whoever put it there."""
    chromium, timescale = "TELEHEALTH_TEST_CHROMIUM", "TELEHEALTH_TEST_TIMESCALE_URL"
    return [
        Need("Chromium", "browser", chromium, os.environ.get(chromium) or browser()),
        Need("TimescaleDB", "timescale", timescale, os.environ.get(timescale) or timescale_url()),
    ]


def timescale_url() -> str | None:
    """Address of the server that root started on this machine, if it is up."""
    answer = subprocess.run([sys.executable, TIMESCALE, "url"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def pytest(missing: list[Need], report: Path, arguments: list[str]) -> int:
    """Run the suite without what is missing; its exit code."""
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}"]
    if missing:
        command += ["-m", " and ".join(f"not {need.marker}" for need in missing)]
    return subprocess.run([*command, *arguments], cwd=ROOT, check=False).returncode


def skipped_in(report: Path) -> list[str]:
    """Each skipped test with its reason; none where pytest did not come far enough to report."""
    if not report.exists():
        return []
    cases = ET.parse(report).iter("testcase")  # noqa: S314 pytest wrote it a moment ago
    return [
        f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"
        for case in cases
        for skip in case.iter("skipped")
    ]


def tell(missing: list[Need], skipped: list[str]) -> None:
    """Say what did not run. Nothing to say is said by silence."""
    if skipped:
        print(f"\nSkipped ({len(skipped)}):", *skipped, sep="\n  ")
    if missing:
        print(
            f"\nLeft out: the tests that need {' or '.join(need.name for need in missing)}, "
            f"which this machine does not have. This adds them, for every later `make test`:\n    {ADD}"
        )
    sys.stdout.flush()


def refuse() -> int:
    """Say that the command needs root; an exit code."""
    print(f"Debian's packages need root to install: {ADD}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
