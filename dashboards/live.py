"""Tells open pages that something changed: one listening connection a process, and a stream of events to each page.

An event says that something changed, never what: the page then fetches what its viewer may see.

    changed    an alert of the viewer's teams, or how the checking goes; also that it has stopped
    alive      nothing, but the line is up; every 15 seconds
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import psycopg
import structlog

from foundation.database import plain_url
from foundation.settings import settings

log = structlog.get_logger()

CHANGED, ALIVE = "event: changed\ndata:\n\n", "event: alive\ndata:\n\n"
BEAT = 15.0  # seconds between two signs of life
APART = 1.0  # seconds at least between two changes: many at once are told as one
LOOK_AGAIN = 60.0  # seconds between two looks whether the viewer is still signed in
RETRY = 1.0  # seconds before the database is tried again
QUIET = 20.0  # seconds without a notice after which the connection is tried
GRACE = 1.0  # seconds after the checking counts as stopped: the pages' answer must not come too early
CHECKED = "pass"  # said on the channel by a complete check; otherwise "team:alert"

TeamsNow = Callable[[], Awaitable[frozenset[int] | None]]  # the viewer's teams; None: signed in no longer


@dataclass(eq=False)
class Watcher:
    """One open page. Nothing queues up for it: all it can miss is how often something changed."""

    teams: frozenset[int]  # whose alerts its viewer may see
    heard: float  # by the loop's clock, when the last complete check was told; else when the page came
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    checked: bool = False  # a check was completed since the last beat: told with the next one
    silent: bool = False  # no check was completed for so long that the page was told to look

    def hear_of_a_check(self) -> None:
        """Note it for the next beat; after a silence it is told at once."""
        self.heard, self.checked = asyncio.get_running_loop().time(), True
        if self.silent:
            self.silent = False
            self.changed.set()

    async def next(self) -> str:
        """The next event. Where nobody checks any more, nobody says so: the silence itself is told, once."""
        clock = asyncio.get_running_loop().time
        patience = settings().stopped_after_seconds + GRACE
        left = BEAT if self.silent else self.heard + patience - clock()
        try:
            async with asyncio.timeout(max(0.0, min(BEAT, left))):
                await self.changed.wait()
        except TimeoutError:
            fell_silent = not self.silent and clock() >= self.heard + patience
            self.silent = self.silent or fell_silent
            if not self.checked and not fell_silent:
                return ALIVE
        self.changed.clear()
        self.checked = False
        return CHANGED


class Live:
    """The one listener of a web process. It listens while a page is open."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._hearing = False  # the database tells us

    def hear(self, told: str) -> None:
        """Pass on what was said on the channel."""
        team, _, _ = told.partition(":")
        for watcher in self._watchers:
            if told == CHECKED:
                watcher.hear_of_a_check()
            elif team.isdigit() and int(team) in watcher.teams:
                watcher.changed.set()

    def everything_may_have_changed(self) -> None:
        """Have every page look anew: nobody listened for a while."""
        for watcher in self._watchers:
            watcher.changed.set()

    async def events(self, teams: frozenset[int], teams_now: TeamsNow) -> AsyncIterator[str]:
        """What one page is sent, until its viewer is signed in no longer or the process ends."""
        clock = asyncio.get_running_loop().time
        watcher = Watcher(teams, clock())
        if self._hearing:  # else it is told once somebody listens
            watcher.changed.set()  # since the page was drawn, or its line was lost, anything may have
        self._watchers.add(watcher)
        self._listening()
        look_again = clock() + LOOK_AGAIN
        try:
            yield ALIVE
            while not self._closing:
                yield await watcher.next()
                if clock() >= look_again:
                    current = await teams_now()
                    if current is None:
                        return
                    watcher.teams, look_again = current, clock() + LOOK_AGAIN
                await asyncio.sleep(APART)
        finally:
            self._watchers.discard(watcher)

    async def close(self) -> None:
        """End every stream, so that the process can end."""
        self._closing = True
        self.everything_may_have_changed()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _listening(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        """Listen while anybody watches, connecting again whenever the connection is lost."""
        while self._watchers:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                log.warning("not_listening", problem=type(error).__name__)
                await asyncio.sleep(RETRY)

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(plain_url("web"), autocommit=True) as connection:
            await connection.execute("LISTEN alert")
            self.everything_may_have_changed()
            self._hearing = True
            try:
                while self._watchers:
                    async with contextlib.aclosing(connection.notifies(timeout=QUIET)) as notices:
                        async for notice in notices:
                            self.hear(notice.payload)
                    await connection.execute("SELECT 1")  # a line that was cut says nothing by itself
            finally:
                self._hearing = False
