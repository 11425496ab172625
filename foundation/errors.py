"""How the service says no: what, which one and what to do, to the person who can do it, without repeating their data."""

from __future__ import annotations


class Refused(Exception):
    """A request that cannot be carried out, said so that its sender can mend it.

    code: stable, for programs and logs (`measured_in_future`).
    sentence: for the person; holds no value, no name and no NHS number, so it may be logged and shown anywhere.
    field: JSON pointer to what is wrong (`/readings/3/measured_at`), where there is one.
    status: the HTTP status that says the same.
    """

    def __init__(self, code: str, sentence: str, *, field: str | None = None, status: int = 422) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.field = field
        self.status = status


class Unavailable(Exception):
    """Something that the service stands on is away for now: the caller should try again later."""

    def __init__(self, sentence: str, *, retry_after: int = 5) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after = retry_after  # seconds
