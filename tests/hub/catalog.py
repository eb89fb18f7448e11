"""The mutable part of the local Hub: which repositories there are now, who may see them, and where ids moved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from hub.repository import WEIGHT_ENDINGS, Branch, File, Repository


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that the Hub knows. `reads` names repositories or organizations whose private models it may see."""

    secret: str
    user: str = "builder"
    reads: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()  # gated repositories whose terms this user accepted
    api_quota: int = 1000  # requests per window: a free account

    def may_read(self, repository: Repository) -> bool:
        """Say whether this token sees a private repository."""
        return repository.id in self.reads or repository.author in self.reads


class Catalog:
    """Repositories by id. Every change is visible to the next request."""

    def __init__(self, *repositories: Repository, tokens: Iterable[Token] = ()) -> None:
        self._lock = threading.RLock()
        self._repositories: dict[str, Repository] = {}
        self._moved: dict[str, str] = {}
        self._tokens: dict[str, Token] = {}
        self.add(*repositories)
        self.trust(*tokens)

    def add(self, *repositories: Repository) -> None:
        """Publish repositories, or replace those of the same id."""
        with self._lock:
            for repository in repositories:
                self._repositories[repository.id] = repository
                self._moved.pop(repository.id, None)

    def trust(self, *tokens: Token) -> None:
        """Make tokens valid."""
        with self._lock:
            self._tokens.update({token.secret: token for token in tokens})

    def revoke(self, secret: str) -> None:
        """Make a token invalid."""
        with self._lock:
            self._tokens.pop(secret, None)

    def token(self, secret: str) -> Token | None:
        """Give the token of this secret, if it is valid."""
        with self._lock:
            return self._tokens.get(secret)

    def get(self, name: str) -> Repository | None:
        """Give the repository of exactly this id."""
        with self._lock:
            return self._repositories.get(name)

    def all(self) -> tuple[Repository, ...]:
        """Give every repository, sorted by id."""
        with self._lock:
            return tuple(self._repositories[name] for name in sorted(self._repositories))

    def moved(self, name: str) -> str | None:
        """Give the id to which a request for `name` is redirected: renamed, a legacy id, or another spelling."""
        with self._lock:
            if name in self._repositories:
                return None
            if name in self._moved:
                return self._moved[name]
            lower = name.lower()
            everything = {**{old.lower(): new for old, new in self._moved.items()}}
            everything.update({known.lower(): known for known in self._repositories})
            return everything.get(lower)

    def change(self, name: str, change: Callable[[Repository], Repository]) -> Repository:
        """Replace a repository by what `change` makes of it."""
        with self._lock:
            self._repositories[name] = changed = change(self._repositories[name])
            return changed

    def rename(self, old: str, new: str) -> None:
        """Move a repository: the old id answers 307, the permanent `_id` stays."""
        with self._lock:
            repository = self._repositories.pop(old)
            self._repositories[new] = replace(repository, id=new)
            self._moved[old] = new

    def redirect(self, old: str, new: str) -> None:
        """Let an id answer 307 to another repository: a legacy id, or, after `delete`, a replacement."""
        with self._lock:
            self._moved[old] = new

    def supersede(self, old: str, successor: Repository) -> None:
        """Delete a repository and send its id to another one, with an `_id` of its own."""
        with self._lock:
            self._repositories.pop(old, None)
            self.add(successor)
            self._moved[old] = successor.id

    def delete(self, name: str) -> None:
        """Take a repository away."""
        with self._lock:
            del self._repositories[name]

    def make_private(self, name: str) -> None:
        """Hide a repository from everyone without the right to read it."""
        self.change(name, lambda r: replace(r, private=True))

    def disable(self, name: str) -> None:
        """Let the Hub disable a repository."""
        self.change(name, lambda r: replace(r, disabled=True, downloads=0))

    def gate(self, name: str, kind: Literal["auto", "manual", False]) -> None:
        """Put a gate before a repository, or take it away."""
        self.change(name, lambda r: replace(r, gated=kind))

    def accept(self, secret: str, name: str) -> None:
        """Let the user of a token pass the gate of a repository."""
        with self._lock:
            token = self._tokens[secret]
            self._tokens[secret] = replace(token, accepted=token.accepted | {name})

    def relicense(self, name: str, license: str | None, **card: str) -> None:  # noqa: A002
        """Declare another license on the card; None declares none."""

        def change(repository: Repository) -> Repository:
            kept = {k: v for k, v in repository.card.items() if not k.startswith("license")}
            return replace(repository, card={**kept, **({"license": license} if license else {}), **card})

        self.change(name, change)

    def remove_weights(self, name: str, branch: str = "main", *, history: bool = True) -> None:
        """Remove every weight file from a branch. Without `history`, older commits are squashed away as well."""

        def change(repository: Repository) -> Repository:
            left = tuple(f for f in _files(repository, branch) if not f.path.endswith(WEIGHT_ENDINGS))
            changed = repository.with_files(tuple(f for f in left if not f.path.endswith(".index.json")), branch)
            return changed if history else replace(changed, history=())

        self.change(name, change)

    def remove(self, name: str, path: str, branch: str = "main") -> None:
        """Remove one file, such as a shard."""
        self.change(name, lambda r: r.with_files(tuple(f for f in _files(r, branch) if f.path != path), branch))

    def put(self, name: str, *files: File, branch: str = "main") -> None:
        """Commit files to a branch, which is made if need be."""
        paths = {f.path for f in files}
        self.change(
            name, lambda r: r.with_files((*(f for f in _files(r, branch) if f.path not in paths), *files), branch)
        )

    def move_weights_to_branch(self, name: str, branch: str) -> None:
        """Leave the weights on another branch only, as exl2 repositories do."""

        def change(repository: Repository) -> Repository:
            here = [f for f in _files(repository, "main") if f.path.endswith(WEIGHT_ENDINGS)]
            rest = tuple(f for f in _files(repository, "main") if f not in here)
            return repository.with_files(rest).with_files((*rest, *here), branch)

        self.change(name, change)


def _files(repository: Repository, branch: str) -> tuple[File, ...]:
    found: Branch | None = repository.at(branch)
    return found.files if found else ()
