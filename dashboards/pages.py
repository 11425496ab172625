"""The Jinja environment, and `render`: a template and its context in, a page out."""

import hashlib
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, FileSystemLoader, PackageLoader

HERE = Path(__file__).parent
STATIC = HERE / "static"

SERVICE_NAME = "Readings and alerts"

# What the pages need and no more. The web process sends it with every page; the gallery is tested under it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@lru_cache(maxsize=64)
def asset(path: str) -> str:
    """The address of a static file. It changes when the content does, so browsers may keep the file."""
    file = STATIC / path
    mark = hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "missing"
    return f"/static/{path}?v={mark}"


def environment() -> Environment:
    """Ours first, then the design system's macros."""
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), PackageLoader("nhsuk_frontend_jinja")]),
        # Set by hand: the usual choice by file name leaves the design system's .jinja macros unescaped, and a
        # patient called <b>Jo</b> came out as markup.
        autoescape=True,
        undefined=ChainableUndefined,  # the design system's macros ask for params that were not given
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, service_name=SERVICE_NAME)
    return made


ENVIRONMENT = environment()


def render(template: str, *, status: int = HTTPStatus.OK, **context: Any) -> HTMLResponse:
    """The page as an answer. `context`: `frame` and `page`, as dashboards.presenters lists them.

    Pages hold personal data, so no cache keeps them.
    """
    body = ENVIRONMENT.get_template(template).render(**context)
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})
