"""Tables of a pack as they are written: what each key must be, and where to look when it is not."""

import difflib
import re
from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T")
MISSING: Any = object()


class PackError(ValueError):
    """A pack that cannot be used: which file and line, what is wrong, and what to do."""


class Table:
    """One table of one file, and what of it has been read so far."""

    def __init__(self, file: str, text: str, content: dict[str, Any], name: str = "", nth: int = 0) -> None:
        self.file = file
        self.name = name  # `rule`, or nothing for the top of the file
        self._text = text
        self._content = content
        self._nth = nth
        self._read: set[str] = set()

    def take(self, key: str, of: type[T] | tuple[type, ...], default: T = MISSING) -> T:
        """The value of a key, which must be of this type."""
        self._read.add(key)
        if key not in self._content:
            if default is MISSING:
                close = difflib.get_close_matches(key, self._content.keys() - self._read, 1)
                if close:
                    raise self.error(f"`{close[0]}` is not known here. Did you mean `{key}`?", close[0])
                raise self.error(f"`{key}` is missing. Add it.")
            return default
        value = self._content[key]
        if of is float and type(value) is int:
            value = float(value)
        accepted = of if isinstance(of, tuple) else (of,)
        if type(value) not in accepted:  # True is not a number here
            wanted = " or ".join(kind.__name__ for kind in accepted)
            raise self.error(f"`{key}` must be of type {wanted}, not {type(value).__name__}.", key)
        return value  # type: ignore[no-any-return]  # checked just above to be of the type asked for

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self.take(key, str)
        if not value.strip():
            raise self.error(f"`{key}` is empty. Write a sentence.", key)
        return " ".join(value.split())

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, at least one."""
        values = self.take(key, list)
        if not values or not all(isinstance(value, str) for value in values):
            raise self.error(f"`{key}` must be a list of texts, at least one.", key)
        return tuple(values)

    def items(self, key: str, of: type[T]) -> tuple[T, ...]:
        """A list whose items are all of this type, at least one."""
        values: list[Any] = self.take(key, list)
        if of is float:
            values = [float(value) if type(value) is int else value for value in values]
        if not values or not all(type(value) is of for value in values):
            raise self.error(f"`{key}` must be a list of {of.__name__}, at least one.", key)
        return tuple(values)

    def tables_of(self, key: str) -> "list[Table]":
        """A list of tables that are written within this one, `[{…}, {…}]`."""
        return [
            Table(self.file, self._text, content, self.name, self._nth) for content in self.items(key, dict)
        ]

    def tables(self, name: str) -> "list[Table]":
        """The tables `[[name]]`, in order."""
        found = self.take(name, list, [])
        return [Table(self.file, self._text, content, name, nth) for nth, content in enumerate(found)]

    def inner(self, name: str) -> "Table":
        """The table within this one, `[rule.params]`; empty where there is none."""
        return Table(self.file, self._text, self.take(name, dict, {}), self.name, self._nth)

    def keys(self) -> Iterable[str]:
        """Every key that is written."""
        return self._content.keys()

    def finish(self) -> None:
        """Nothing may be left unread: a key that nobody knows is a slip of the pen."""
        for key in self._content:
            if key not in self._read:
                close = difflib.get_close_matches(key, self._read, 1)
                known = ", ".join(sorted(self._read))
                fix = f"Did you mean `{close[0]}`?" if close else f"Known here: {known}."
                raise self.error(f"`{key}` is not known here. {fix}", key)

    def error(self, problem: str, key: str | None = None) -> PackError:
        """The error to raise, with file, line and table."""
        place = f"[[{self.name}]] number {self._nth + 1}" if self.name else "the top of the file"
        return PackError(f"{self.file}, line {self._line(key)} ({place}): {problem}")

    def _line(self, key: str | None) -> int:
        lines = self._text.splitlines()
        start, end = 0, len(lines)
        if self.name:
            heads = [number for number, line in enumerate(lines) if line.strip().startswith("[[")]
            own = [number for number in heads if lines[number].strip().startswith(f"[[{self.name}]]")]
            start = own[self._nth] if self._nth < len(own) else 0
            end = min((number for number in heads if number > start), default=end)
        if key is not None:
            for number in range(start, end):
                if re.match(rf"\s*{re.escape(key)}\s*=", lines[number]):
                    return number + 1
        return start + 1
