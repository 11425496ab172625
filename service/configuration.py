"""Every setting in one table: makes docs/configuration.md (`python -m service.configuration`)."""

from __future__ import annotations

from pathlib import Path

from foundation.settings import PREFIX, Settings

HEAD = """# Configuration

Every setting, made from `foundation/settings.py` by `python -m service.configuration`. Set them in the environment, or in
a file `.env`. Any of them can be given as a file instead: `TELEHEALTH_DATABASE_URL_FILE=/run/secrets/database_url`.

| Variable | Default | Means |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = (
            str(field.default).replace(str(Path.home()), "~") if field.default is not None else "not set"
        )
        rows.append(f"| `{PREFIX}{name.upper()}` | `{default}` | {field.description} |\n")
    return HEAD + "".join(rows)


def main() -> None:
    """Write the page."""
    (Path(__file__).parent.parent / "docs" / "configuration.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
