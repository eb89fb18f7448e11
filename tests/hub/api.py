"""The Hub's API: what it answers to whom."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hub import records
from hub.catalog import Catalog
from hub.repository import Branch, Repository
from hub.wire import (
    Answer,
    Asked,
    bad_credentials,
    behind_gate,
    disabled,
    moved,
    no_entry,
    no_revision,
    not_there,
    refuse,
    say,
)

_BELOW = ("revision", "tree", "refs", "commits", "paths-info", "auth-check", "safetensors-metadata", "scan")
# A listing was seen to refuse these, and seen to serve the first: the worse case is the default.
REFUSED_IN_LISTS = frozenset({"baseModels", "childrenModelCount", "usedStorage"})
PAGE = 1000


def answer(asked: Asked, catalog: Catalog) -> Answer:
    """Answer a request below /api."""
    if asked.rejected:
        return bad_credentials()
    match asked.parts:
        case ["api", "models"]:
            return _listing(asked, catalog)
        case ["api", "models-tags-by-type"]:
            return _tags(asked, catalog)
        case ["api", "whoami-v2"]:
            return _whoami(asked)
        case ["api", "models", *rest] if rest:
            return _repository(asked, catalog, rest)
        case _:
            return refuse(404, "Sorry, we can't find the page you are looking for.")


def find(asked: Asked, catalog: Catalog, name: str) -> Repository | Answer:
    """Give the repository if whoever asks may know of it, otherwise what the Hub says."""
    repository = catalog.get(name)
    if repository is None or (repository.private and not (asked.who and asked.who.may_read(repository))):
        return not_there(asked)
    return repository


def closed(asked: Asked, repository: Repository) -> Answer | None:
    """Give the refusal that stands before a repository's files, if there is one."""
    if repository.gated and not (asked.who and repository.id in asked.who.accepted):
        return behind_gate(asked, repository.id)
    return disabled() if repository.disabled else None


def _repository(asked: Asked, catalog: Catalog, rest: list[str]) -> Answer:
    words = 1 if len(rest) == 1 or rest[1] in _BELOW else 2
    name, below = "/".join(rest[:words]), rest[words:]
    if target := catalog.moved(name):
        encoded = asked.path.strip("/").split("/")[2 + words :]
        return moved("/".join(["/api/models", target, *encoded]) + (f"?{asked.query}" if asked.query else ""))
    found = find(asked, catalog, name)
    if isinstance(found, Answer):
        return found
    match below:
        case []:
            return _info(asked, catalog, found, found.main)
        case ["revision", revision]:
            branch = found.at(revision)
            return _info(asked, catalog, found, branch) if branch else no_revision(revision)
        case ["auth-check"] | ["auth-check", "write"]:
            return closed(asked, found) or (
                refuse(403, "You have no write access to this repository") if len(below) > 1 else say({})
            )
        case ["refs"]:
            return closed(asked, found) or _refs(asked, found)
        case ["scan"]:
            return say(_security(found))
        case [("commits" | "tree" | "paths-info") as what, revision, *path]:
            if refusal := closed(asked, found):
                return refusal
            branch = found.at(revision)
            if branch is None:
                return no_revision(revision)
            if what == "commits":
                return _commits(asked, found, branch)
            if what == "tree":
                return _tree(asked, found, branch, "/".join(path))
            return _paths(asked, found, branch)
        case ["safetensors-metadata", *path]:
            return closed(asked, found) or _headers(found, "/".join(path))
        case _:
            return refuse(404, "Sorry, we can't find the page you are looking for.")


def _info(asked: Asked, catalog: Catalog, repository: Repository, branch: Branch) -> Answer:
    wanted = asked.every("expand")
    if unknown := [name for name in wanted if name not in records.FIELDS]:
        return _unknown(unknown)
    fields = wanted or list(records.DEFAULT_INFO)
    found = records.record(repository, branch, catalog, fields, model_id=not wanted)
    if asked.true("blobs") and "siblings" in found:
        found["siblings"] = records.blobs(branch)
    if asked.true("securityStatus"):
        found["securityRepoStatus"] = _security(repository)
    return say(found)


def _security(repository: Repository) -> dict[str, Any]:
    return {"scansDone": True, "filesWithIssues": [{"path": p, "level": level} for p, level in repository.flagged]}


def _unknown(names: list[str]) -> Answer:
    allowed = ", ".join(sorted(records.FIELDS))
    return refuse(400, f"expand: {', '.join(names)} is not one of {allowed}")


_SORTS: dict[str, Callable[[Repository], Any]] = {
    "createdAt": lambda r: r.created_at,
    "lastModified": lambda r: r.last_modified,
    "downloads": lambda r: r.downloads,
    "likes": lambda r: r.likes,
    "trendingScore": lambda r: 0,
}


def _listing(asked: Asked, catalog: Catalog) -> Answer:
    wanted = asked.every("expand")
    if refused := [n for n in wanted if n not in records.FIELDS or n in REFUSED_IN_LISTS]:
        return _unknown(refused)
    found = [r for r in catalog.all() if not r.private or (asked.who and asked.who.may_read(r))]
    for parameter, keep in _FILTERS.items():
        for value in asked.every(parameter):
            found = [r for r in found if keep(r, value)]
    sort = asked.one("sort") or "trendingScore"
    if sort not in _SORTS:
        return refuse(400, f"sort: {sort} is not one of {', '.join(_SORTS)}")
    key = _SORTS[sort]
    # A keyset cursor: what changes between two pages moves no other record, what is equal goes by id.
    found.sort(key=lambda r: r.id)
    found.sort(key=key, reverse=True)
    if cursor := asked.one("cursor"):
        value, last = json.loads(base64.urlsafe_b64decode(cursor))
        found = [r for r in found if (_plain(key(r)), r.id) != (value, last) and _after(key(r), r.id, value, last)]
    limit = min(int(asked.one("limit") or PAGE), PAGE)
    page, more = found[:limit], len(found) > limit
    fields = wanted or list(records.FULL_LIST if asked.true("full") else records.DEFAULT_LIST)
    fields += [name for name in ("cardData", "config") if asked.true(name)]
    reply = say([records.record(r, r.main, catalog, fields, model_id=not wanted) for r in page])
    if not more or not page:
        return reply
    cursor = base64.urlsafe_b64encode(json.dumps([_plain(key(page[-1])), page[-1].id]).encode()).decode()
    return _linked(asked, reply, cursor=cursor)


def _plain(value: Any) -> Any:
    return records.stamp(value) if isinstance(value, datetime) else value


def _after(value: Any, name: str, last_value: Any, last: str) -> bool:
    here = _plain(value)
    return bool(here < last_value or (here == last_value and name > last))


_FILTERS: dict[str, Callable[[Repository, str], bool]] = {
    "author": lambda r, v: r.author.lower() == v.lower(),
    "filter": lambda r, v: all(tag in r.tags for tag in v.split(",")),
    "search": lambda r, v: v.lower() in r.id.lower(),
    "pipeline_tag": lambda r, v: r.pipeline_tag == v,
    "gated": lambda r, v: bool(r.gated) == (v.lower() == "true"),
    "inference_provider": lambda r, v: v in r.providers or (v == "all" and bool(r.providers)),
}


def _linked(asked: Asked, reply: Answer, **changed: str) -> Answer:
    query = [(k, v) for k, v in parse_qsl(asked.query, keep_blank_values=True) if k not in changed]
    url = f"{asked.base}{asked.path}?{urlencode([*query, *changed.items()])}"
    return Answer(body=reply.body, headers={**reply.headers, "Link": f'<{url}>; rel="next"'})


def _page(asked: Asked, everything: list[Any], size: int) -> Answer:
    start = int(asked.one("cursor") or asked.one("p") or 0)
    reply = say(everything[start : start + size])
    return _linked(asked, reply, cursor=str(start + size)) if len(everything) > start + size else reply


def _tree(asked: Asked, repository: Repository, branch: Branch, folder: str) -> Answer:
    below = f"{folder}/" if folder else ""
    inside = [f for f in branch.files if f.path.startswith(below)]
    if folder and not inside:
        return no_entry()
    entries: dict[str, dict[str, Any]] = {}
    for file in inside:
        parts = file.path.removeprefix(below).split("/")
        for depth in range(1, len(parts)):
            path = below + "/".join(parts[:depth])
            entries.setdefault(path, {"type": "directory", "oid": branch.commit, "size": 0, "path": path})
        entries[file.path] = records.entry(file)
    if not asked.true("recursive"):
        entries = {path: e for path, e in entries.items() if "/" not in path.removeprefix(below)}
    expand = asked.true("expand")
    for path, found in entries.items():
        if expand:
            extra = records.details(repository, branch, path)
            found.update(extra if found["type"] == "file" else {"lastCommit": extra["lastCommit"]})
    return _page(asked, [entries[path] for path in sorted(entries)], 100 if expand else PAGE)


def _paths(asked: Asked, repository: Repository, branch: Branch) -> Answer:
    if asked.headers.get("content-type", "").startswith("application/json"):
        body = json.loads(asked.body)
        paths, expand = body["paths"], bool(body.get("expand"))
    else:
        form = parse_qsl(asked.body.decode())
        paths, expand = [v for k, v in form if k == "paths"], ("expand", "true") in form
    found = [records.entry(f) for f in branch.files if f.path in paths]
    for one in found:
        one.update(records.details(repository, branch, one["path"]) if expand else {})
    return say(found)


def _refs(asked: Asked, repository: Repository) -> Answer:
    branches = [{"name": b.name, "ref": f"refs/heads/{b.name}", "targetCommit": b.commit} for b in repository.branches]
    tags = [{"name": t.name, "ref": f"refs/tags/{t.name}", "targetCommit": t.commit} for t in repository.tagged]
    refs: dict[str, Any] = {"tags": tags, "branches": branches, "converts": []}
    return say({**refs, "pullRequests": []} if asked.one("include_prs") else refs)


def _commits(asked: Asked, repository: Repository, branch: Branch) -> Answer:
    commit = {
        "id": branch.commit,
        "title": "Upload",
        "message": "",
        "date": records.stamp(repository.last_modified),
        "authors": [{"_id": repository.uid, "user": repository.author, "avatar": ""}],
    }
    reply = _page(asked, [commit], int(asked.one("limit") or 50))
    return Answer(body=reply.body, headers={**reply.headers, "X-Total-Count": "1"})


def _headers(repository: Repository, path: str) -> Answer:
    index = repository.main.file(path)
    if index is None or not path.endswith(".index.json"):
        return no_entry()
    body = json.loads(index.data or b"{}")
    folder = path.rpartition("/")[0]
    headers: dict[str, Any] = {}
    for shard in sorted(set(body["weight_map"].values())):
        file = repository.main.file(f"{folder}/{shard}" if folder else shard)
        if file is None:
            return no_entry()
        data = file.data or struct.pack("<Q", 2) + b"{}"
        headers[shard] = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    return say({"index": {"metadata": body.get("metadata")}, "headers": headers})


def _tags(asked: Asked, catalog: Catalog) -> Answer:
    licenses = sorted({tag for r in catalog.all() for tag in r.tags if tag.startswith("license:")})
    groups = {"license": [{"id": tag, "label": tag.partition(":")[2], "type": "license"} for tag in licenses]}
    wanted = asked.one("type")
    return say({k: v for k, v in groups.items() if not wanted or k == wanted})


def _whoami(asked: Asked) -> Answer:
    if asked.who is None:
        return refuse(401, "Invalid username or password.")
    token = {"type": "access_token", "accessToken": {"displayName": "ci", "role": "read"}}
    return say({"type": "user", "id": f"{1:024x}", "name": asked.who.user, "orgs": [], "auth": token})
