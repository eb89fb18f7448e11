"""What is asked of a Hub: infos, branches, gates; each question once a run, many at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TypeVar
from urllib.parse import quote

from freehold.errors import CredentialsError
from freehold.hub.answer import Answer, Fault, Found, Json, Reply, body, judge_info, refusal
from freehold.hub.cache import Cache, Kept
from freehold.hub.cache import folder as cache_folder
from freehold.hub.governor import Governor, busy
from freehold.hub.record import File, Record
from freehold.hub.threads import Threads
from freehold.hub.wire import Wire
from freehold.types import SeenAs

DEFAULT_ENDPOINT = "https://huggingface.co"
MAX_BRANCHES = 50
MAX_TEXT = 16_000_000  # the index of a large model has megabytes
JOBS = 32
TIMEOUT = 10.0

#: What git lets stand in a name, as far as it can go into a URL.
_REVISION = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]{1,250}")
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Branch:
    """A branch of a repository and the commit it stands at."""

    name: str
    commit: str | None = None


class Hub:
    """One endpoint, one identity, one run: an answer is not asked for twice.

    `timeout` limits each wait for the network, `deadline` all of it, `patience` is the first wait of a retry, all in
    seconds.
    """

    def __init__(
        self,
        endpoint: str = DEFAULT_ENDPOINT,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT,
        deadline: float = 300.0,
        jobs: int = JOBS,
        patience: float = 0.5,
        today: date,
        progress: Callable[[int, int], None] | None = None,
        cache: Path | None = None,
        refresh: bool = False,
        details: bool = False,
    ) -> None:
        """Open nothing yet. `progress` hears how many of how many questions are settled; `cache` is the folder of
        earlier answers, which `refresh` writes but does not use; `details` asks for more, at one more request a model.

        Raises UsageError for an endpoint that is no http(s) URL, CredentialsError for a token that cannot be sent.
        """
        self._governor = Governor(deadline=deadline, jobs=jobs, patience=patience)
        self._wire = Wire(endpoint, token, timeout, self._governor)
        self.today = today
        self.seen_as: SeenAs = "token" if token else "anonymous"
        self._jobs = jobs
        self._progress = progress
        self._cache = Cache(cache, self.endpoint, token) if cache is not None else None
        # An earlier answer may lack what the details want.
        self.refresh = refresh or details
        self.details = details
        self._answers: dict[tuple[str, str | None], Future[Answer]] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Hub({self.endpoint!r}, seen_as={self.seen_as!r})"

    @property
    def endpoint(self) -> str:
        """The URL below which everything is asked, without a slash at its end."""
        return self._wire.endpoint

    @property
    def requests(self) -> int:
        """How many HTTP requests were made, redirects and retries included."""
        return self._governor.requests

    def ask(self, id: str, revision: str | None = None) -> Answer:  # noqa: A002
        """Ask for the info of one repository, with its files' sizes and hashes; the same question is asked once.

        Raises CredentialsError where the token is rejected.
        """
        with self._lock:
            known = self._answers.get((id, revision))
            if known is None:
                mine = self._answers[id, revision] = Future()
        if known is not None:
            return known.result()
        try:
            mine.set_result(self._ask(id, revision))
        except BaseException as error:  # noqa: BLE001  # others wait for this answer, whatever became of it
            mine.set_exception(error)
        return mine.result()

    def _ask(self, id: str, revision: str | None) -> Answer:  # noqa: A002
        if not _is_name(id):
            return Fault(requested=id, reason="no repository on a Hub can have this name", kind="name")
        if revision is not None and not _REVISION.fullmatch(revision):
            return Fault(requested=id, reason="no revision on a Hub can have this name", kind="name")
        answer = self._info(id, revision)
        if isinstance(answer, Fault) and answer.kind == "mirror":
            # Mirrors are made for downloads: some know repositories by revision only, and refuse what they do not know.
            plain = self._info(id, revision or "main", "")
            return plain if isinstance(plain, Found) else answer
        return answer

    def _info(self, id: str, revision: str | None, query: str = "?blobs=true") -> Answer:  # noqa: A002
        path = f"/api/models/{quote(id, safe='/')}"
        if revision is not None:
            path += f"/revision/{quote(revision, safe='')}"
        kept = None if self.refresh else self.remembered(id, revision)
        if query and self.details:
            query += "&securityStatus=true"
        reply = self.get(f"{path}{query}", id, etag=kept.etag if kept else None)
        if isinstance(reply, Fault):
            return reply
        if reply.status == 304 and reply.marked and kept is not None:
            if self._cache is not None:
                self._cache.confirm(id, revision, self.today)
            return Found(record=kept.record, requested=id, as_of=self.today)
        answer = judge_info(reply, id, self.seen_as, self.today)
        # A record that says too little is a fault, and shall not be confirmed by the next answer.
        if self._cache is not None and isinstance(answer, Found) and answer.hub and not answer.record.unsaid:
            value = body(reply, id)
            if isinstance(value, Json) and isinstance(value.json, Mapping):
                self._cache.put(id, revision, value.json, reply.headers.get("etag"), self.today)
        return answer

    def answered(self, id: str, revision: str | None, answer: Found) -> None:  # noqa: A002
        """Take an answer that was confirmed in another way: this question will not be asked."""
        if self._cache is not None:
            self._cache.confirm(id, revision, self.today)
        with self._lock:
            if (id, revision) not in self._answers:
                self._answers[id, revision] = Future()
                self._answers[id, revision].set_result(answer)

    def remembered(self, id: str, revision: str | None = None) -> Kept | None:  # noqa: A002
        """Give what an earlier run was answered, or None."""
        return self._cache.get(id, revision) if self._cache is not None else None

    def recall(self, id: str, days: int) -> Record | None:  # noqa: A002
        """Give an answer of this run, or of an earlier one at most so many days ago, without asking."""
        with self._lock:
            known = self._answers.get((id, None))
        if known is not None and known.done():
            answer = known.result()
            return answer.record if isinstance(answer, Found) else None
        kept = None if self.refresh else self.remembered(id)
        return kept.record if kept and 0 <= (self.today - kept.as_of).days <= days else None

    def ask_all(self, ids: Iterable[str], executor: Executor | None = None) -> dict[str, Answer]:
        """Ask for many repositories at once, each distinct one once.

        Raises CredentialsError where the token is rejected.
        """
        return self.each(self.ask, sorted(set(ids)), executor)

    def each(self, ask: Callable[[T], R], keys: list[T], executor: Executor | None = None) -> dict[T, R]:
        """Call `ask` for every key, in parallel, and give what it gave, in the order of the keys."""
        pool = executor or Threads(max(1, min(self._jobs, len(keys))))
        try:
            futures = {key: pool.submit(ask, key) for key in keys}
            while any(not future.done() for future in futures.values()):
                done, _ = wait(futures.values(), timeout=0.5, return_when=FIRST_EXCEPTION)
                if failed := next((error for future in done if (error := future.exception())), None):
                    raise failed
                if self._progress is not None:
                    self._progress(len(done), len(keys))
                self._wire.cut_what_hangs()
            return {key: future.result() for key, future in futures.items()}
        except BaseException:
            self._governor.stop()
            raise
        finally:
            if executor is None:
                pool.shutdown(wait=False, cancel_futures=True)

    def get(self, path: str, requested: str, etag: str | None = None) -> Reply | Fault:
        """Make one GET below the endpoint. What the answer means is for the caller to judge."""
        return self._wire.get(path, requested, etag)

    def below(self, url: str) -> str | None:
        """Give the path of a URL that lies below the endpoint, None for any other: `Link` names whatever it likes."""
        return self._wire.below(url)

    def download(self, id: str, commit: str, path: str, folder: Path) -> Path | Fault:  # noqa: A002
        """Fetch one file at a commit into a folder; a download that was cut short is resumed."""
        return self._wire.download(id, commit, path, folder)

    def passes_gate(self, id: str) -> bool | None:  # noqa: A002
        """Say whether our token may have the files behind a gate; None without a token, or where nobody can tell.

        Raises CredentialsError where the token is rejected.
        """
        if self.seen_as == "anonymous":
            return None
        if self._cache is not None and not self.refresh and (known := self._cache.grant(id, self.today)) is not None:
            return known
        reply = self.get(f"/api/models/{quote(id, safe='/')}/auth-check", id)
        if isinstance(reply, Fault) or not reply.marked:
            return None
        granted = True if reply.status == 200 else None
        if granted is None:
            refusal(reply, id, self.seen_as)
            granted = False if reply.status in (401, 403) and reply.code == "GatedRepo" else None
        if self._cache is not None and granted is not None:
            self._cache.keep_grant(id, granted, self.today)
        return granted

    def text(self, id: str, commit: str, file: File) -> str | Fault | None:  # noqa: A002
        """Give the content of a small text file at a commit; None where the endpoint does not hand it out (a gate, a
        mirror without files), or where it is no small text.

        Raises CredentialsError where the token is rejected.
        """
        if file.sha256 is not None or file.size is None or file.size > MAX_TEXT:
            return None
        if self._cache is not None and file.blob and (known := self._cache.text(file.blob)) is not None:
            return known
        reply = self.get(f"/{quote(id, safe='/')}/resolve/{quote(commit, safe='')}/{quote(file.path)}", id)
        if isinstance(reply, Fault):
            return None if reply.kind == "redirect" else reply
        if reply.status != 200:
            fault = refusal(reply, id, self.seen_as)
            return fault if busy(reply) else None
        text = reply.body.decode("utf-8", "replace")
        if self._cache is not None and file.blob:
            self._cache.keep_text(file.blob, text)
        return text

    def branches(self, id: str) -> tuple[Branch, ...] | Fault:  # noqa: A002
        """List the branches of a repository, `main` included, at most MAX_BRANCHES.

        Raises CredentialsError where the token is rejected.
        """
        reply = self.get(f"/api/models/{quote(id, safe='/')}/refs", id)
        if isinstance(reply, Fault):
            return reply
        if reply.status != 200:
            return refusal(reply, id, self.seen_as)
        value = body(reply, id)
        if isinstance(value, Fault):
            return value
        listed = value.json.get("branches") if isinstance(value.json, Mapping) else None
        if not isinstance(listed, list):
            return Fault(requested=id, reason="the answer is no list of branches", kind="malformed")
        found = [_branch(item) for item in listed]
        return tuple(sorted(branch for branch in found if branch is not None))[:MAX_BRANCHES]


def connect(
    *,
    endpoint: str | None = None,
    timeout: float | None = None,
    deadline: float = 300.0,
    jobs: int = JOBS,
    today: date | None = None,
    progress: Callable[[int, int], None] | None = None,
    refresh: bool = False,
    details: bool = False,
) -> Hub:
    """Give the Hub that the environment names: HF_ENDPOINT, FREEHOLD_CACHE, and the token that the genuine client would
    send. Without a `timeout`, HF_HUB_ETAG_TIMEOUT is heeded: proxies that fetch first are slow to answer.

    Raises UsageError for a bad endpoint, CredentialsError where a token was asked for and cannot be had.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import OIDCError
    from huggingface_hub.utils._headers import get_token_to_send

    try:
        token = get_token_to_send(None)
    except (OIDCError, OSError, ValueError) as error:
        raise CredentialsError(f"cannot get a token: {error.__class__.__name__}", "see `hf auth whoami`") from None
    chosen = endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT
    day = today or date.today()  # noqa: DTZ011  # the user's own day
    return Hub(
        chosen,
        token,
        timeout=timeout or min(max(float(constants.HF_HUB_ETAG_TIMEOUT), TIMEOUT), 12 * TIMEOUT),
        deadline=deadline,
        jobs=jobs,
        today=day,
        progress=progress,
        cache=cache_folder(),
        refresh=refresh,
        details=details,
    )


def _is_name(name: str) -> bool:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _branch(item: object) -> Branch | None:
    if not isinstance(item, Mapping) or not isinstance(name := item.get("name"), str) or len(name) > 250:
        return None
    commit = item.get("targetCommit")
    return Branch(name=name, commit=commit if isinstance(commit, str) and len(commit) <= 64 else None)
