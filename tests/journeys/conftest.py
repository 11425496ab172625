"""What journeys share: the real service, started once for the journeys of a file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.journeys.people import Visit
from tests.journeys.place import place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.journeys.place import Place


@pytest.fixture(scope="module")
def start(server_for, browser, tmp_path_factory) -> Iterator[Callable[..., Place]]:
    """Start the service with these people and settings; it runs until the file's last journey is over."""
    with ExitStack() as stack:

        def started(people: Callable[[], object], **told: str) -> Place:
            folder = tmp_path_factory.mktemp("place")
            return stack.enter_context(place(server_for("ordinary"), folder, people, **told))

        yield started


@pytest.fixture
def arrives(browser, here) -> Iterator[Callable[..., Visit]]:
    """Someone opens a window of this width at the file's service."""
    visits: list[Visit] = []

    def opened(width: int, **how: bool) -> Visit:
        visits.append(Visit(browser, here, width, **how))
        return visits[-1]

    yield opened
    for visit in visits:
        visit.leaves()
