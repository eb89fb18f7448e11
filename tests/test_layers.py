"""The house stands as drawn: layers, module sizes, and what a start-up may import."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "freehold").rglob("*.py"))


def test_imports_follow_the_layers() -> None:
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--no-cache",
        "--config",
        str(ROOT / "pyproject.toml"),
    ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_no_module_is_a_room_of_all_trades(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 420
    assert file.stem not in ("utils", "helpers", "manager", "base", "common", "core")


def imported(*arguments: str, cwd: Path) -> set[str]:
    code = (
        "import sys; from freehold.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    return set(ran.stderr.splitlines())


def test_version_imports_next_to_nothing(tmp_path: Path) -> None:
    modules = imported("--version", cwd=tmp_path)
    assert "freehold.__main__" in modules
    assert not modules & {"rich", "yaml", "tomli", "huggingface_hub", "httpx2", "packaging", "dataclasses", "asyncio"}


def test_scan_imports_no_client_and_no_socket_user(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('from transformers import AutoModel\nAutoModel.from_pretrained("org/model")\n')
    modules = imported("scan", "--format", "json", cwd=tmp_path)
    assert "freehold.detect.python" in modules or "freehold.detect" in modules
    assert not modules & {"huggingface_hub", "httpx2", "httpcore2", "urllib.request", "ssl"}
