"""Forms that let a person in. What was typed comes back, but for passwords and codes."""

from collections.abc import Mapping
from dataclasses import dataclass

SECRET = frozenset({"password", "password_again", "code"})


@dataclass(frozen=True)
class FormPage:
    """A form with what was typed and what is wrong with it. The field "" is the form as a whole."""

    values: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def summary(self) -> tuple[tuple[str, str], ...]:
        """Each mistake with the field it is about, in the order given."""
        return tuple(self.errors.items())


def form(values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> FormPage:
    """A form, empty or after a mistake."""
    kept = {name: value for name, value in (values or {}).items() if name not in SECRET}
    return FormPage(kept, dict(errors or {}))
