"""Reading files runs nothing: no code, no process, no socket, no import from the project, nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SPEC = Path(__file__).parent / "spec" / "detect"

NOT_PYTHON = ("commands", "configuration", "containers", "documents", "javascript", "requirements")

#: Reads these examples twice: once to load grammars and rules, once with every event of the interpreter in sight.
SCRIPT = """
import json, re, sys
from pathlib import Path
from freehold.detect import detect
from freehold.source import Source

texts = [Path(p).read_text("utf-8") for p in sys.argv[1:]]
example = re.compile(r"^(`{3,}|~{3,})\\\\w+ (\\\\S+)\\\\n(.*?)^\\\\1\\\\n", re.M | re.S)
sources = lambda: [Source(m[2], m[3].encode()) for text in texts for m in example.finditer(text)]
sources_read = len(sources())
detect(sources())
seen = []
watched = ("exec", "compile", "import", "open", "os.", "subprocess.", "socket.", "shutil.", "pickle.", "ctypes.")
note = lambda event, args: seen.append([event, repr(args)[:200]]) if event.startswith(watched) else None
sys.addaudithook(note)
detect(sources())
held = list(seen)
eval("1")  # the control: the hook does see
print(json.dumps({"sources": sources_read, "events": held, "control": len(seen) > len(held)}))
"""


def test_detection_runs_nothing() -> None:
    """The list of what the interpreter did besides computing is empty."""
    files = [str(path) for path in sorted(SPEC.glob("*.md")) if path.stem in NOT_PYTHON]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("\\\\", "\\"), *files], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["sources"] > 30
    assert told["control"]
    # Python code is parsed to a tree, which the interpreter calls compiling; it is run no more than the rest.
    assert [event for event in told["events"] if event[0] != "compile"] == []
