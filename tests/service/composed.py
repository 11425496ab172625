"""docker-compose.yml as its tests read it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]


def make_secrets(folder: Path) -> None:
    subprocess.run([ROOT / "deploy/make_secrets.sh", folder], check=True, capture_output=True)
