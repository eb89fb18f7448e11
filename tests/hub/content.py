"""Where the bytes come from: `/{id}/resolve/{revision}/{path}`, its cache of small files, and the CDN of the large."""

from __future__ import annotations

import re
from urllib.parse import quote

from hub.api import closed, find
from hub.catalog import Catalog
from hub.repository import File
from hub.wire import Answer, Asked, bad_credentials, moved, no_entry, no_revision, plain

_RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


def resolve(asked: Asked, catalog: Catalog, cdn: str) -> Answer:
    """Answer `/{id}/resolve/{revision}/{path}`: large files are elsewhere, small ones are in a cache."""
    at = asked.parts.index("resolve")
    name, revision, path = "/".join(asked.parts[:at]), asked.parts[at + 1], "/".join(asked.parts[at + 2 :])
    if target := catalog.moved(name):
        return moved("/" + "/".join([target, *asked.path.strip("/").split("/")[at:]]))
    if asked.rejected and not ((gated := catalog.get(name)) and gated.gated):
        return bad_credentials()
    found = find(asked, catalog, name)
    if isinstance(found, Answer):
        return found
    if refusal := closed(asked, found):
        # Files are refused in plain text, with the same code and message in the headers.
        words = refusal.headers["X-Error-Message"]
        return Answer(
            status=refusal.status,
            body=words.encode(),
            headers={k: v for k, v in refusal.headers.items() if k != "ETag"},
            content_type="text/plain; charset=utf-8",
        )
    branch = found.at(revision)
    if branch is None:
        return no_revision(revision)
    file = branch.file(path)
    commit = {"X-Repo-Commit": branch.commit}
    if file is None:
        missing = no_entry()
        return Answer(status=404, body=missing.body, headers={**missing.headers, **commit})
    name_part = path.rpartition("/")[2]
    commit["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name_part)}; filename=\"{name_part}\";"
    if file.lfs:
        linked = {
            "Location": f"{cdn}/{found.uid}/{file.sha256}",
            "X-Linked-Size": str(file.size),
            "X-Linked-ETag": f'"{file.sha256}"',
            "X-Xet-Hash": file.sha256[::-1],
            "Accept-Ranges": "bytes",
        }
        answer = plain(f"Found. Redirecting to {linked['Location']}", 302)
    else:
        cache = f"/api/resolve-cache/models/{found.id}/{branch.commit}/{quote(path)}"
        linked = {"Location": f"{cache}?{quote(asked.path, safe='')}=&etag={quote(chr(34) + file.blob + chr(34))}"}
        answer = plain(f"Temporary Redirect. Redirecting to {linked['Location']}", 307)
    return Answer(
        status=answer.status, body=answer.body, headers={**commit, **linked}, content_type=answer.content_type
    )


def cached(asked: Asked, catalog: Catalog) -> Answer:
    """Answer `/api/resolve-cache/models/{owner}/{name}/{commit}/{path}` with a small file itself."""
    owner, name, commit = asked.parts[3:6]
    found = find(asked, catalog, f"{owner}/{name}")
    if isinstance(found, Answer):
        return found
    if refusal := closed(asked, found):
        return refusal
    branch = found.at(commit)
    file = branch.file("/".join(asked.parts[6:])) if branch else None
    if file is None or branch is None:
        return no_entry()
    return _bytes(asked, file, {"ETag": f'"{file.blob}"', "X-Repo-Commit": branch.commit})


def stored(asked: Asked, catalog: Catalog) -> Answer:
    """Answer the CDN: bytes by repository and hash. It asks nobody for a token, its addresses are signed."""
    uid, _, sha256 = asked.path.strip("/").partition("/")
    for repository in catalog.all():
        for branch in (*repository.branches, *repository.tagged, *repository.history):
            for file in branch.files:
                if repository.uid == uid and file.lfs and file.sha256 == sha256 and file.data is not None:
                    return _bytes(asked, file, {"ETag": f'"{sha256}"'})
    return plain("not found", 404)


def _bytes(asked: Asked, file: File, headers: dict[str, str]) -> Answer:
    data, status = file.data or b"", 200
    headers = {**headers, "Accept-Ranges": "bytes"}
    if wanted := _RANGE.match(asked.headers.get("range", "")):
        first, last = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
        if first >= len(data):
            return Answer(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        data, status = data[first : last + 1], 206
    return Answer(status=status, body=data, headers=headers, content_type="application/octet-stream")
