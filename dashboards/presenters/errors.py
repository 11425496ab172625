"""Pages for what did not work: what it is, and what to do, in words that help."""

from dataclasses import dataclass

WORDS: dict[int, tuple[str, str]] = {
    403: (
        "You cannot see this page",
        "Your account may not do this. If it should, ask your team's lead.",
    ),
    404: (
        "Page not found",
        "There is nothing here that you can see. Check the address, or go back to where you came from.",
    ),
    422: (
        "We could not use what was sent",
        "Go back, check what you typed, and send it again. Nothing was changed.",
    ),
    503: (
        "The service is not working just now",
        "Nothing you sent before is lost. Wait a minute, then try again.",
    ),
}
OTHER = ("Something went wrong", "It is not your fault. Nothing was half done. Try again in a few minutes.")


@dataclass(frozen=True)
class ErrorPage:
    """What went wrong and what to do. `reference`: what to tell whoever looks into it."""

    status: int
    title: str
    sentence: str
    reference: str


def present(status: int, sentence: str = "", reference: str = "") -> ErrorPage:
    """The page for a status; `sentence` says it better where the reason is known."""
    title, usual = WORDS.get(status, OTHER)
    return ErrorPage(status, title, sentence or usual, reference)
