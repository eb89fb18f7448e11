"""The errors that end a run, as a tree.

FreeholdError            carries a message, a hint (the next action) and the exit code
├── NotStarted           2   the run could not begin
│   ├── UsageError           arguments
│   ├── SettingsError        [tool.freehold] / freehold.toml: every mistake at once
│   ├── RulesError           rules/ is broken
│   ├── LockError            models.lock is broken, or from a newer freehold
│   └── CredentialsError     the Hub rejected the token
├── NothingToAudit       3   no file under the given paths
├── LockRefused          1   `freehold lock` would record a change for the worse that nobody accepted
├── LockIncomplete       4   `freehold lock` could not resolve everything
└── BaselineIncomplete   4   nor could `freehold baseline`

What goes wrong with one file, one model or one request is not an error but a value: `Problem` or `Unresolved`.
"""

from __future__ import annotations

from typing import ClassVar


class FreeholdError(Exception):
    """Ends the run. `message` says what happened, `hint` what to do next; both may hold untrusted text."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotStarted(FreeholdError):
    """Arguments, settings, rules, lockfile or credentials are not usable."""

    exit_code = 2


class UsageError(NotStarted):
    """The command line does not make sense."""


class SettingsError(NotStarted):
    """The settings have mistakes; the message lists all of them, one a line."""


class RulesError(NotStarted):
    """A file under rules/ is broken; the message lists all mistakes, one a line."""


class LockError(NotStarted):
    """models.lock cannot be read. It is never overwritten."""


class CredentialsError(NotStarted):
    """The Hub rejected the token, so no answer could be told from a refusal."""


class NothingToAudit(FreeholdError):
    """No file to read under the given paths: a wrong path must not look green."""

    exit_code = 3


class LockRefused(FreeholdError):
    """`freehold lock` did not write: a change for the worse that nobody accepted."""

    exit_code = 1


class LockIncomplete(FreeholdError):
    """`freehold lock` did not write: what is unknown cannot be agreed to."""

    exit_code = 4


class BaselineIncomplete(FreeholdError):
    """`freehold baseline` did not write: an incomplete audit does not know all findings."""

    exit_code = 4
