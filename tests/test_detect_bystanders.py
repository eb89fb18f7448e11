"""Scripts that can load nothing are told by what they import, and by who imports them."""

from __future__ import annotations

import pytest

from freehold.detect import detect
from freehold.source import Source
from freehold.types import Role

DRAWS = b"import csv\nimport matplotlib.pyplot as plt\n%sMODELS = ['gpt-4o', 'gpt-4o-mini']\nplt.plot(%s(MODELS))\n"


@pytest.mark.parametrize(
    ("imports", "calls", "other", "role"),
    [
        (b"", b"len", b"", Role.MENTION),
        (b"import os\n", b"len", b"", Role.MENTION),
        (b"import os\n", b"os.system", b"", Role.LOAD),
        (b"import subprocess\n", b"len", b"", Role.LOAD),
        (b"import unheard\n", b"len", b"", Role.LOAD),
        (b"", b"len", b"from analysis.draw import MODELS\n\nask(MODELS, model_name='gpt-4.1')\n", Role.LOAD),
    ],
    ids=["draws", "has paths", "runs commands", "starts programs", "imports what nobody knows", "is imported"],
)
def test_a_script_that_only_draws_names_models(imports: bytes, calls: bytes, other: bytes, role: Role) -> None:
    """Whatever else it has, it must not reach a model, and nobody may take its names."""
    sources = [Source("analysis/draw.py", DRAWS % (imports, calls)), Source("ask.py", other)]
    told = {r.role for r in detect(sources).references if r.location.path == "analysis/draw.py"}
    assert told == {role}
