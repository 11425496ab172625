"""Every setting there is, read from the environment (`TELEHEALTH_…`), from files (`TELEHEALTH_…_FILE`) or `.env`."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "TELEHEALTH_"


class FromFiles(PydanticBaseSettingsSource):
    """`TELEHEALTH_X_FILE=/run/secrets/x` gives X the file's text, so that secrets stay out of the environment."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 the library's own signature
        """The text of the file that the environment names for this field."""
        path = os.environ.get(f"{PREFIX}{field_name}_FILE".upper())
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every field that is given as a file."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """What can be set. `docs/configuration.md` is made from these lines."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    database_url: str | None = Field(
        default=None,
        description="PostgreSQL to use (`postgresql://…`). Unset: the embedded server under `data`.",
    )
    data: Path = Field(
        default=Path.home() / ".local" / "share" / "telehealth",
        description="Folder of the embedded database and of what the demo writes.",
    )
    host: str = Field(default="127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(default=8000, description="Port that `serve` listens on.")
    workers: int = Field(default=1, description="Web processes that `serve` starts.")
    max_body: int = Field(default=64 * 2**20, description="Largest upload, in bytes, packed or unpacked.")
    synchronous_commit: Literal["on", "off"] = Field(
        default="on",
        description="Leave `on`. `off` loses answered readings in a crash; it exists so that the crash tests can be seen to fail.",
    )
    secure_cookies: bool = Field(
        default=True, description="Session cookies only over HTTPS. The demo sets it off."
    )
    demo: bool = Field(
        default=False, description="Set by `telehealth demo`: pages say that the people are made up."
    )
    check_seconds: float = Field(
        default=15.0, description="Seconds between passes of the checker when nothing wakes it."
    )
    stopped_after_seconds: float = Field(
        default=90.0, description="The queue turns red when no pass has been completed for so long."
    )
    heartbeat_url: str | None = Field(
        default=None,
        description="Address asked (GET) after every completed pass; its silence should page somebody.",
    )
    smtp_url: str | None = Field(
        default=None,
        description="`smtp://user:password@host:port` for messages to teams. Unset: they wait in the outbox.",
    )
    smtp_from: str = Field(default="alerts@telehealth.invalid", description="Sender of those messages.")
    base_url: str = Field(
        default="http://127.0.0.1:8000", description="Address of the pages, for links in messages."
    )
    pathways: Path | None = Field(
        default=None, description="Folder of rule packs in place of the built-in ones."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="How logs are written to standard error."
    )

    @classmethod
    def settings_customise_sources(  # noqa: D102 the library's hook
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FromFiles(settings_cls), dotenv_settings, file_secret_settings


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
