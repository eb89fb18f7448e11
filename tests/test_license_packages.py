"""Licenses of packages: from metadata as text, from an environment, from the user's own index. Nothing is built."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.licenses import metadata
from freehold.licenses.index import PackageIndex
from freehold.licenses.indexes import Indexes, configured, default
from freehold.licenses.packages import installed, pulled_in, relicensed, resolve_requirements
from freehold.types import Location, Requirement

HEAD = "Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"


def requirement(name: str, specifier: str = "", version: str | None = None) -> Requirement:
    return Requirement(name=name, specifier=specifier, version=version, location=Location(path="requirements.txt"))


def declared(*lines: str) -> tuple[str | None, str]:
    text = HEAD.format(name="acme", version="1.0") + "\n".join(lines) + "\n\nLicense: GPL-3.0-only\nin the description"
    found = metadata.claim(metadata.read(text.encode()), "acme")
    return found.expression, " ".join(found.because)


# ── what metadata declares ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lines", "expression"),
    [
        (["License-Expression: mit OR apache-2.0"], "MIT OR Apache-2.0"),
        (["License-Expression: MIT", "License: BSD", "Classifier: License :: OSI Approved :: Zlib"], "MIT"),
        (["License: Apache-2.0"], "Apache-2.0"),
        (["License: Apache License, Version 2.0"], "Apache-2.0"),
        (["License: 3-Clause BSD License"], "BSD-3-Clause"),
        (["Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (["License: UNKNOWN", "Classifier: License :: OSI Approved :: ISC License (ISCL)"], "ISC"),
        (["License: LicenseRef-NVIDIA-Proprietary", "Classifier: License :: Other/Proprietary License"],
         "LicenseRef-NVIDIA-Proprietary"),
        (["License-Expression: OpenMDW-1.0"], "OpenMDW-1.0"),
        (["License: MIT License", "Classifier: License :: OSI Approved :: MIT License",
          "Classifier: License :: OSI Approved :: Apache Software License"], "MIT"),
    ],
)  # fmt: skip
def test_the_first_field_that_names_one_license_counts(lines: list[str], expression: str) -> None:
    assert declared(*lines) == (expression, "")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "declares no license"),
        (["License: BSD"], "'BSD', which names no one license"),
        (["License: Apache"], "names no one license"),
        (["License: MIT/Apache-2.0"], "names no one license"),
        (["License: see LICENSE"], "names no one license"),
        (["Classifier: License :: OSI Approved :: BSD License"], "names no one license"),
        (["Classifier: License :: OSI Approved :: MIT License",
          "Classifier: License :: OSI Approved :: ISC License (ISCL)"], "several license classifiers"),
        (["License: MIT", "Classifier: License :: OSI Approved :: ISC License (ISCL)"], "MIT in one field and ISC"),
        (["License: Apache 2.0", "Classifier: License :: Other/Proprietary License"], "in one field and License ::"),
        (["License-Expression: totally free"], "which is no SPDX expression"),
    ],
)  # fmt: skip
def test_what_names_no_one_license_stays_unknown_with_its_reason(lines: list[str], says: str) -> None:
    expression, because = declared(*lines)
    assert expression is None
    assert says in because


@given(st.binary(max_size=300))
def test_any_bytes_are_metadata_or_a_value_error(data: bytes) -> None:
    try:
        found = metadata.read(HEAD.format(name="a", version="1").encode() + data)
    except ValueError:
        return
    metadata.claim(found, "here")


# ── a virtual environment beside the project ──────────────────────────────────


def install(root: Path, name: str, version: str, *lines: str, text: str | None = None) -> Path:
    folder = root / ".venv/lib/python3.12/site-packages" / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(HEAD.format(name=name, version=version) + "\n".join(lines) + "\n\n")
    if text is not None:
        (folder / "licenses").mkdir()
        (folder / "licenses" / "LICENSE").write_text(text)
    return folder


def test_the_projects_environment_says_what_is_installed(tmp_path: Path) -> None:
    install(tmp_path, "Acme_Tools", "1.0", "License-Expression: MIT")
    (found,) = resolve_requirements([requirement("acme-tools", ">=1")], root=tmp_path)
    assert found.license is not None
    assert (found.license.expression, found.license.link) == (
        "MIT",
        "License-Expression of the installed Acme_Tools 1.0",
    )


def test_another_version_than_the_locked_one_is_another_package(tmp_path: Path) -> None:
    install(tmp_path, "acme", "1.0", "License-Expression: MIT")
    (found,) = resolve_requirements([requirement("acme", version="2.0")], root=tmp_path)
    assert found.license is not None
    assert found.license.expression is None
    assert "the lock file has 2.0, installed is 1.0" in found.license.because[0]


def test_the_license_text_counts_where_the_fields_say_nothing(tmp_path: Path) -> None:
    import importlib.metadata

    file = next(f for f in importlib.metadata.files("rich") or () if f.name == "LICENSE")
    install(tmp_path, "acme", "1.0", "License: BSD", text=file.read_text())
    (found,) = resolve_requirements([requirement("acme")], root=tmp_path)
    assert found.license is not None
    assert (found.license.expression, found.license.source) == ("MIT", "text")


def test_an_environment_outside_the_root_is_not_followed(tmp_path: Path) -> None:
    install(tmp_path / "elsewhere", "acme", "1.0", "License-Expression: MIT")
    project = tmp_path / "project"
    project.mkdir()
    (project / ".venv").symlink_to(tmp_path / "elsewhere/.venv")
    assert installed(project) == {}
    inside = install(project / "x", "other", "1.0", "License-Expression: MIT").parent
    (project / "venv/lib/python3.12").mkdir(parents=True)
    (project / "venv/lib/python3.12/site-packages").symlink_to(inside)
    (inside / "evil-1.0.dist-info").mkdir()
    (inside / "evil-1.0.dist-info/METADATA").symlink_to("/dev/zero")
    assert set(installed(project)) == {"other"}


def test_no_environment_and_an_address_have_their_reasons(tmp_path: Path) -> None:
    one, two = resolve_requirements([requirement("acme"), requirement("tool", "@ git+https://x/y")], root=tmp_path)
    assert one.license is not None
    assert two.license is not None
    assert "no environment" in one.license.because[0]
    assert "asked for from an address" in two.license.because[0]


def test_what_a_requirement_pulls_in_is_told_at_its_place(tmp_path: Path) -> None:
    install(tmp_path, "acme", "1.0", "Requires-Dist: dep>=1", "Requires-Dist: gone",
            "Requires-Dist: win; sys_platform == 'nowhere'", "Requires-Dist: extra; extra == 'all'",
            "Requires-Dist: not a requirement (")  # fmt: skip
    for name in ("dep", "win", "extra", "deeper"):
        install(tmp_path, name, "2.0", "Requires-Dist: acme", *(["Requires-Dist: deeper"] if name == "dep" else []))
    found = pulled_in([requirement("acme")], root=tmp_path)
    assert [(one.name, one.version, one.location.path) for one in found] == [
        ("deeper", "2.0", "requirements.txt"),
        ("dep", "2.0", "requirements.txt"),
    ]


# ── the user's own package index ──────────────────────────────────────────────


class Server:
    """A package index on loopback: what it serves can be changed, what it was asked is kept."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.redirects: dict[str, str] = {}
        self.ranges = True
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                if self.path in outer.redirects:
                    self.send_response(302)
                    self.send_header("Location", outer.redirects[self.path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                kind, body = outer.pages.get(self.path, ("application/zip", outer.files.get(self.path, b"")))
                if not body:
                    self.send_error(404)
                    return
                asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
                status, start, end = 200, 0, len(body)
                if asked and outer.ranges:
                    status = 206
                    start = int(asked[1]) if asked[1] else max(0, end - int(asked[2]))
                    end = min(end, int(asked[2]) + 1) if asked[1] else end
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status == 206:
                    self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(body)}")
                self.send_header("Content-Length", str(end - start))
                self.end_headers()
                self.wfile.write(body[start:end])

            def log_message(self, *args: Any) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        threading.Thread(target=self.httpd.serve_forever, args=(0.01,), daemon=True).start()

    def offer(
        self, name: str, version: str, *lines: str, served: bool = True, padding: int = 0, **extra: Any
    ) -> dict[str, Any]:
        text = (HEAD.format(name=name, version=version) + "\n".join(lines) + "\n\n").encode()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as wheel:
            wheel.writestr(f"{name}/weights.bin", b"\0" * padding)
            wheel.writestr(f"{name}-{version}.dist-info/METADATA", text)
            wheel.writestr(f"{name}-{version}.dist-info/setup.py", "raise SystemExit('never run')")
            for file, content in extra.get("texts", {}).items():
                wheel.writestr(f"{name}-{version}.dist-info/licenses/{file}", content)
        filename = f"{name}-{version}-py3-none-any.whl"
        self.files[f"/files/{filename}"] = buffer.getvalue()
        if served:
            self.files[f"/files/{filename}.metadata"] = text
        return {
            "filename": filename,
            "url": f"../../files/{filename}",
            "hashes": {},
            "core-metadata": {"sha256": hashlib.sha256(text).hexdigest()} if served else False,
            "yanked": extra.get("yanked", False),
        }

    def page(self, name: str, *files: dict[str, Any]) -> None:
        body = json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": files}).encode()
        self.pages[f"/simple/{name}/"] = ("application/vnd.pypi.simple.v1+json", body)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.httpd.shutdown()
    server.httpd.server_close()


@pytest.fixture
def index(server: Server) -> PackageIndex:
    return PackageIndex(Indexes(pages=(f"{server.url}/simple",)), timeout=5, deadline=20)


def license_of(
    index: PackageIndex, tmp_path: Path, name: str, specifier: str = "", version: str | None = None
) -> tuple[str | None, str]:
    (found,) = resolve_requirements([requirement(name, specifier, version)], root=tmp_path, index=index)
    assert found.license is not None
    return found.license.expression, " ".join(found.license.because)


def test_the_index_serves_metadata_beside_the_wheel(server: Server, index: PackageIndex, tmp_path: Path) -> None:
    server.page("acme", server.offer("acme", "1.0", "License-Expression: MIT"),
                server.offer("acme", "2.0", "License-Expression: Apache-2.0"),
                server.offer("acme", "3.0rc1", "License-Expression: ISC"),
                server.offer("acme", "2.5", "License-Expression: Zlib", yanked=True))  # fmt: skip
    assert license_of(index, tmp_path, "Acme") == ("Apache-2.0", "")
    assert license_of(index, tmp_path, "acme", "<2") == ("MIT", "")
    assert license_of(index, tmp_path, "acme", version="2.5") == ("Zlib", "")
    assert not any(path.endswith(".whl") for path, _ in server.asked), "no wheel was loaded"


def test_metadata_is_read_from_the_end_of_a_large_wheel(server: Server, index: PackageIndex, tmp_path: Path) -> None:
    server.page("acme", server.offer("acme", "1.0", "License: MIT", served=False, padding=17_000_000))
    assert license_of(index, tmp_path, "acme") == ("MIT", "")
    assert sum("Range" in headers for _, headers in server.asked) >= 1
    assert index.requests < 6


def test_a_large_wheel_that_only_comes_as_a_whole_is_left_alone(
    server: Server, index: PackageIndex, tmp_path: Path
) -> None:
    server.ranges = False
    server.page("acme", server.offer("acme", "1.0", "License: MIT", served=False, padding=17_000_000))
    server.page("tiny", server.offer("tiny", "1.0", "License: MIT", served=False))
    expression, because = license_of(index, tmp_path, "acme")
    assert expression is None
    assert "only as a whole" in because
    assert license_of(index, tmp_path, "tiny") == ("MIT", "")


def test_a_page_of_html_is_read_too(server: Server, index: PackageIndex, tmp_path: Path) -> None:
    file = server.offer("acme", "1.0", "License-Expression: MIT")
    html = f'<a href="{file["url"]}#sha256=00" data-core-metadata="sha256={file["core-metadata"]["sha256"]}">x</a>'
    server.pages["/simple/acme/"] = ("text/html", html.encode())
    assert license_of(index, tmp_path, "acme") == ("MIT", "")


def test_the_texts_in_the_wheel_count_where_its_fields_say_nothing(
    server: Server, index: PackageIndex, tmp_path: Path
) -> None:
    import importlib.metadata

    text = next(f for f in importlib.metadata.files("packaging") or () if f.name == "LICENSE.BSD").read_text()
    server.page("acme", server.offer("acme", "1.0", "License: BSD", texts={"LICENSE": text}))
    assert license_of(index, tmp_path, "acme") == ("BSD-2-Clause", "")


def test_a_package_that_has_no_wheel_is_never_built(server: Server, index: PackageIndex, tmp_path: Path) -> None:
    server.page("acme", {"filename": "acme-1.0.tar.gz", "url": "x", "hashes": {}})
    expression, because = license_of(index, tmp_path, "acme")
    assert expression is None
    assert "nothing is built" in because


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/vnd.pypi.simple.v1+json", b"[]"),
        ("application/vnd.pypi.simple.v1+json", b'{"files": [{"filename": 1}]}'),
        ("application/vnd.pypi.simple.v1+json", b"{"),
        ("text/html", b"\xff<a href='http://[broken'>x</a><a href='acme-1.0-py3-none-any.whl'>"),
        ("application/json", b"null"),
    ],
)
def test_a_broken_index_gives_a_reason(
    server: Server, index: PackageIndex, tmp_path: Path, kind: str, body: bytes
) -> None:
    server.pages["/simple/acme/"] = (kind, body)
    expression, because = license_of(index, tmp_path, "acme")
    assert expression is None
    assert because.startswith("license not known: ")


def test_metadata_of_another_package_or_with_another_hash_is_refused(
    server: Server, index: PackageIndex, tmp_path: Path
) -> None:
    file = server.offer("acme", "1.0", "License-Expression: MIT")
    server.files["/files/acme-1.0-py3-none-any.whl.metadata"] += b"x"
    server.page("acme", file)
    assert "its hash is not" in license_of(index, tmp_path, "acme")[1]
    other = server.offer("other", "1.0", "License-Expression: MIT")
    server.page("evil", {**other, "filename": "evil-1.0-py3-none-any.whl"})
    assert "another package's" in license_of(index, tmp_path, "evil")[1]


def test_credentials_stay_with_the_index_and_out_of_messages(server: Server, tmp_path: Path) -> None:
    other = Server()
    address = server.url.replace("http://", "http://user:s3cret@")
    index = PackageIndex(Indexes(pages=(f"{address}/simple",)), timeout=5, deadline=20)
    server.page("acme", server.offer("acme", "1.0", "License-Expression: MIT"))
    server.redirects["/files/acme-1.0-py3-none-any.whl.metadata"] = f"{other.url}/elsewhere"
    other.files["/elsewhere"] = server.files["/files/acme-1.0-py3-none-any.whl.metadata"]
    assert license_of(index, tmp_path, "acme") == ("MIT", "")
    expected = "Basic " + base64.b64encode(b"user:s3cret").decode()
    assert server.asked[0][1]["Authorization"] == expected
    assert all("Authorization" not in headers for _, headers in other.asked)
    assert "s3cret" not in license_of(index, tmp_path, "unheard-of")[1]
    other.httpd.shutdown()
    other.httpd.server_close()


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_or_link_out_of_the_network_is_not_followed(
    server: Server, index: PackageIndex, tmp_path: Path, target: str
) -> None:
    server.redirects["/simple/acme/"] = target
    assert license_of(index, tmp_path, "acme")[0] is None
    server.page("link", {"filename": "link-1.0-py3-none-any.whl", "url": target, "core-metadata": True})
    assert license_of(index, tmp_path, "link")[0] is None


def test_no_time_left_is_a_reason(server: Server, tmp_path: Path) -> None:
    index = PackageIndex(Indexes(pages=(f"{server.url}/simple",)), deadline=0)
    assert "no time left" in license_of(index, tmp_path, "acme")[1]
    assert server.asked == []


def test_a_local_index_and_a_folder_of_wheels_are_read_as_files(server: Server, tmp_path: Path) -> None:
    server.offer("acme", "1.0", "License-Expression: MIT")
    (tmp_path / "files").mkdir()
    (tmp_path / "simple/acme").mkdir(parents=True)
    wheel = tmp_path / "files/acme-1.0-py3-none-any.whl"
    wheel.write_bytes(server.files["/files/acme-1.0-py3-none-any.whl"])
    (tmp_path / "simple/acme/index.html").write_text(f'<a href="../../files/{wheel.name}">x</a>')
    pages = PackageIndex(Indexes(pages=((tmp_path / "simple").as_uri(),)))
    assert license_of(pages, tmp_path, "acme") == ("MIT", "")
    assert license_of(PackageIndex(Indexes(pages=(), folders=(tmp_path / "files",))), tmp_path, "acme") == ("MIT", "")
    assert pages.requests == 0


def test_a_folder_of_other_versions_does_not_hide_why_the_index_was_not_read(server: Server, tmp_path: Path) -> None:
    server.offer("acme", "1.0", "License-Expression: MIT")
    (tmp_path / "acme-1.0-py3-none-any.whl").write_bytes(server.files["/files/acme-1.0-py3-none-any.whl"])
    index = PackageIndex(Indexes(pages=(f"{server.url}/simple",), folders=(tmp_path,)), deadline=0)
    assert license_of(index, tmp_path, "acme", version="1.0") == ("MIT", "")
    assert "no time left" in license_of(index, tmp_path, "acme", version="2.0")[1]
    heard = PackageIndex(Indexes(pages=(f"{server.url}/simple",), folders=(tmp_path,)), deadline=20)
    assert "has no wheel of 2.0" in license_of(heard, tmp_path, "acme", version="2.0")[1]


def test_what_is_installed_is_not_asked_about(server: Server, index: PackageIndex, tmp_path: Path) -> None:
    install(tmp_path, "acme", "1.0", "License-Expression: MIT")
    assert license_of(index, tmp_path, "acme", version="1.0") == ("MIT", "")
    assert server.asked == []


def test_threads_give_the_same_answer_in_the_same_order(server: Server, index: PackageIndex, tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(12)]
    for name in names:
        server.page(name, server.offer(name, "1.0", "License-Expression: MIT"))
    asked = [requirement(name) for name in names]
    alone = resolve_requirements(asked, root=tmp_path, index=index)
    with ThreadPoolExecutor(4) as executor:
        assert resolve_requirements(asked, root=tmp_path, index=index, executor=executor) == alone


def test_a_new_license_in_the_newest_version_is_told(server: Server, index: PackageIndex, tmp_path: Path) -> None:
    server.page("acme", server.offer("acme", "1.0", "License-Expression: MIT"),
                server.offer("acme", "2.0", "License-Expression: BUSL-1.1"))  # fmt: skip
    server.page(
        "same", server.offer("same", "1.0", "License: MIT"), server.offer("same", "2.0", "License-Expression: MIT")
    )
    asked = [requirement("acme", version="1.0"), requirement("same", version="1.0"), requirement("acme")]
    (change,) = relicensed(resolve_requirements(asked, root=tmp_path, index=index), index)
    assert (change.requirement.name, change.was, change.now, change.newest) == ("acme", "MIT", "BUSL-1.1", "2.0")


# ── which index is asked ──────────────────────────────────────────────────────


def test_the_users_own_configuration_names_the_index(tmp_path: Path) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text(
        "[global]\nindex-url = https://pip.example/simple\nextra_index_url =\n  https://a.example/simple\n  https://b.example/simple\n"
        "[install]\nfind-links = /wheels\n"
    )
    empty = {"PIP_CERT": ""}
    found = configured(empty, tmp_path)
    assert found.pages == ("https://pip.example/simple", "https://a.example/simple", "https://b.example/simple")
    assert found.folders == (Path("/wheels"),)
    (tmp_path / ".config/uv/uv.toml").write_text(
        '[[index]]\nurl = "https://uv.example/simple"\ndefault = true\n[[index]]\nname = "c"\nurl = "https://c.example/simple"\n'
    )
    assert configured(empty, tmp_path).pages[0] == "https://uv.example/simple"
    assert (
        configured({"PIP_INDEX_URL": "https://env.example/simple"}, tmp_path).pages[0] == "https://env.example/simple"
    )
    assert configured({"UV_INDEX": "mine=https://d.example/simple"}, tmp_path).pages[1] == "https://d.example/simple"
    assert configured({"PIP_NO_INDEX": "1"}, tmp_path).pages == ()


def test_without_configuration_it_is_the_public_index_and_broken_files_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text("index-url = no section\n")
    (tmp_path / ".config/uv/uv.toml").write_text("[[[")
    environment = {"PIP_INDEX_URL": "gopher://x", "PIP_EXTRA_INDEX_URL": "'unclosed"}
    known = default()
    assert configured({"PIP_CONFIG_FILE": "/dev/null"}, tmp_path).pages == ((known,) if known else ())
    assert configured({**environment, "PIP_CONFIG_FILE": "/dev/null"}, tmp_path).pages == ()
