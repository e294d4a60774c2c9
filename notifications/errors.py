"""What can go wrong with words and addresses; each sentence says the remedy."""

from __future__ import annotations


class NotificationsError(Exception):
    """The base of this package's errors."""


class TemplateBroken(NotificationsError):
    """A template cannot be used as it stands; `file` and `line` point at the place."""

    def __init__(self, file: str, line: int, message: str, hint: str) -> None:
        self.file, self.line, self.message, self.hint = file, line, message, hint
        super().__init__(f"templates/{file}:{line}: {message}; {hint}")


class UnknownVariable(NotificationsError):
    """A mail was given a variable that no template can know."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no template variable is called {name!r}; add it to notifications/variables.py, with a sample")


class AddressRefused(NotificationsError):
    """An address or mail URL that cannot be meant."""
