"""What is told across the files of a project, and what hostile Python does: nothing but a problem."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.detect import Detection, detect
from freehold.detect.calls import load
from freehold.detect.found import Setting, Settings
from freehold.detect.python import find, link
from freehold.source import Source
from freehold.types import Location, Reference, Role


def project(files: dict[str, str]) -> Detection:
    return detect(Source(path=path, data=text.encode()) for path, text in files.items())


def loads(found: Detection) -> list[str]:
    named = (r for r in found.references if r.role is Role.LOAD and r.name is not None)
    return [f"{r.location.path}:{r.location.line} {r.name}" for r in named]


def test_a_constant_of_another_module_counts_where_it_is_written() -> None:
    found = project(
        {
            "src/app/constants.py": 'ORG = "nobody"\n'
            'NAME = "heard-of"\nBASE = "nobody/base"\nUNUSED = "nobody/unused"\n',
            "src/app/load.py": "from transformers import AutoModel\nfrom .constants import BASE, ORG, NAME\n"
            'AutoModel.from_pretrained(BASE)\nAutoModel.from_pretrained(f"{ORG}/{NAME}")\n',
            "src/app/again.py": "import app.constants as c\nfrom transformers import AutoModel\n"
            "AutoModel.from_pretrained(c.BASE)\n",
        }
    )
    assert loads(found) == ["src/app/constants.py:3 nobody/base", "src/app/load.py:4 nobody/heard-of"]


def test_a_small_file_of_settings_is_read_whatever_its_constants_are_called() -> None:
    found = project(
        {
            "app/config.py": 'ENCODER = "resnet34"\n\n\nclass Train:\n    arch = "convnext_tiny"\n',
            "app/net.py": "import timm\nfrom app.config import ENCODER, Train\n"
            "timm.create_model(ENCODER, pretrained=True)\ntimm.create_model(Train.arch, pretrained=True)\n",
        }
    )
    assert loads(found) == ["app/config.py:1 timm/resnet34.a1_in1k", "app/config.py:5 timm/convnext_tiny.in12k_ft_in1k"]


def test_a_constant_that_only_another_file_uses_is_kept_by_its_name() -> None:
    found = project(
        {
            "app/common.py": 'SENTENCE_MODEL_NAME = "nobody-embeds"\nBACKBONE = "resnet34"\n'
            'INDEX_NAME = "bge-small-en-v1.5"\nBASE_CHECKPOINT = "nobody-base"\n',
            "app/uses.py": "import timm\nfrom sentence_transformers import SentenceTransformer\n"
            "from transformers import AutoModel\n"
            "from app.common import BACKBONE, BASE_CHECKPOINT, SENTENCE_MODEL_NAME\n"
            "SentenceTransformer(SENTENCE_MODEL_NAME)\ntimm.create_model(BACKBONE, pretrained=True)\n"
            "AutoModel.from_pretrained(BASE_CHECKPOINT)\n",
        }
    )
    assert loads(found) == [
        "app/common.py:1 sentence-transformers/nobody-embeds",
        "app/common.py:2 timm/resnet34.a1_in1k",
        "app/common.py:4 nobody-base",
    ]


def test_what_a_module_gives_to_others_is_kept_if_it_looks_like_a_name() -> None:
    found = project(
        {
            "app/tools.py": 'def chosen():\n    return "nobody-base-v2"\nTABLE = {"a": "nobody-MiniLM-L6"}\n',
            "app/uses.py": "from sentence_transformers import SentenceTransformer\n"
            "from app.tools import TABLE, chosen\n"
            'SentenceTransformer(chosen())\nSentenceTransformer(TABLE["a"])\n',
        }
    )
    assert loads(found) == [
        "app/tools.py:2 sentence-transformers/nobody-base-v2",
        "app/tools.py:3 sentence-transformers/nobody-MiniLM-L6",
    ]


def test_a_fixture_is_that_of_the_nearest_conftest() -> None:
    fixture = 'import pytest\n@pytest.fixture\ndef chosen():\n    return "nobody/{}"\n'
    test = "from vllm import LLM\ndef test_it(chosen):\n    LLM(chosen)\n"
    found = project(
        {
            "conftest.py": fixture.format("top"),
            "tests/conftest.py": fixture.format("near"),
            "tests/unit/deep/test_a.py": test,
            "tests/test_b.py": test,
            "more/test_c.py": test,
        }
    )
    assert loads(found) == ["conftest.py:4 nobody/top", "tests/conftest.py:4 nobody/near"]


def test_functions_that_make_models_are_followed_out_of_tables_and_to_those_who_hand_them_over() -> None:
    found = project(
        {
            "tune.py": "from torchvision import models\nfrom torchvision.models import resnet18\n"
            'NETS = {\n    "a": models.resnet50,\n    "b": (models.vgg16, 4096),\n}\nOTHERS = {"c": models.alexnet}\n'
            "def pick(name):\n    return NETS[name](pretrained=True), OTHERS[name](weights=None)\n"
            "def tune(make, classes):\n    return make(pretrained=True)\ntune(resnet18, 18)\ntune(print, 18)\n"
            "models.resnet34(weights='DEFAULT')\n",
        }
    )
    assert set(loads(found)) == {
        "tune.py:4 resnet50",
        "tune.py:5 vgg16",
        "tune.py:12 resnet18",
        "tune.py:14 resnet34",
    }


def test_what_settings_make_or_bind_is_given_to_the_projects_own() -> None:
    found = project(
        {
            "models/net.py": "import timm\nfrom transformers import AutoModel\nclass Net:\n"
            "    def __init__(self, backbone, text):\n        timm.create_model(backbone, pretrained=True)\n"
            "        AutoModel.from_pretrained(text)\ndef train(start):\n    AutoModel.from_pretrained(start)\n",
            "conf/net.yaml": "_target_: models.net.Net\nbackbone: unheard_tiny\ntext: nobody/text\nlr: nobody/no-3b\n",
            "conf/lightning.yaml": "model:\n  class_path: models.net.Net\n  init_args: {text: nobody/other}\n",
            "conf/registry.json": '{"arch": {"type": "Net", "args": {"backbone": "unheard_small"}}}\n',
            "conf/other.json": '{"arch": {"type": "Else", "args": {"backbone": "unheard_none"}}}\n',
            "conf/library.yaml": "_target_: timm.create_model\nmodel_name: unheard_large\npretrained: true\n",
            "conf/train.gin": 'import models.net\ntrain.start = "nobody/bound"\ntrain.name = "nobody/no-3b"\n',
        }
    )
    assert loads(found) == [
        "conf/library.yaml:2 unheard_large",
        "conf/lightning.yaml:3 nobody/other",
        "conf/net.yaml:2 unheard_tiny",
        "conf/net.yaml:3 nobody/text",
        "conf/registry.json:1 unheard_small",
        "conf/train.gin:2 nobody/bound",
    ]


def test_a_sample_stands_in_for_the_module_that_everybody_writes_for_himself() -> None:
    code = "from transformers import AutoModel\nfrom settings import *\nAutoModel.from_pretrained(BASE)\n"
    for name in ("settings_example.py", "settings.sample.py", "template_settings.py"):
        assert loads(project({"app/train.py": code, f"app/{name}": 'BASE = "nobody/base"\n'})) == [
            f"app/{name}:1 nobody/base"
        ]
    found = project(
        {
            "app/train.py": code,
            "app/settings_example.py": 'BASE = "nobody/base"\n',
            "app/settings.py": 'BASE = "nobody/real"\n',
        }
    )
    assert loads(found) == ["app/settings.py:1 nobody/real"]


def test_fields_are_read_of_objects_that_nobody_makes_there() -> None:
    found = project(
        {
            "config.py": "from dataclasses import dataclass\n@dataclass\nclass Network:\n"
            '    backbone_kind: str = "unheard_tiny"\n    text_part: str = "nobody/text"\n'
            '    note_text: str = "nobody/note"\n',
            "net.py": "import timm\nfrom transformers import AutoModel\ndef backbone(kind):\n"
            "    return timm.create_model(kind, pretrained=True)\nclass Net:\n    def __init__(self, params):\n"
            "        backbone(params.backbone_kind)\n        AutoModel.from_pretrained(params.text_part)\n",
            "main.py": "import net\ngetattr(net, name)(params)\n",
        }
    )
    assert loads(found) == ["config.py:4 unheard_tiny", "config.py:5 nobody/text"]


def test_a_setting_of_one_plain_word_is_the_first_of_its_file_and_has_an_owner() -> None:
    found = project(
        {
            "tune.py": "import yaml\nfrom transformers import AutoModel\nsettings = yaml.safe_load(open('tune.yaml'))\n"
            "AutoModel.from_pretrained(settings['policy'])\nAutoModel.from_pretrained(settings['name'])\n",
            "conf/tune.yaml": "policy: nobody/policy-7b\nname: nobody/run-7b\ninner:\n  policy: nobody/other-7b\n",
            "conf/more.yaml": "policy: adaptive\n",
        }
    )
    assert loads(found) == ["conf/tune.yaml:1 nobody/policy-7b"]


def test_what_callers_pass_in_objects_and_tables_is_asked_of_them() -> None:
    found = project(
        {
            "net.py": "from transformers import AutoModel\nclass Net:\n    def __init__(self, config):\n"
            "        AutoModel.from_pretrained(config['start'])\n"
            "        AutoModel.from_pretrained(config['inner']['deep'])\n"
            "def build(options):\n    return AutoModel.from_pretrained(options.chosen)\n",
            "main.py": "from net import Net, build\nclass Options:\n    def __init__(self, chosen, other):\n"
            "        self.chosen = chosen\n"
            "Net({'start': 'nobody/first', 'inner': {'deep': 'nobody/deep'}, 'note': 'nobody/note'})\n"
            "SECOND = dict(start='nobody/second', note='nobody/noted')\nNet(SECOND)\n"
            "build(Options('nobody/third', 'nobody/fourth'))\n",
        }
    )
    expected = ["main.py:5 nobody/first", "main.py:5 nobody/deep", "main.py:6 nobody/second", "main.py:8 nobody/third"]
    assert loads(found) == expected


def test_what_a_class_keeps_is_kept_for_those_that_are_made_from_it() -> None:
    found = project(
        {
            "models/base.py": "class Base:\n    def __init__(self, model_name, *, temperature=0):\n"
            "        self.model_name = model_name\n",
            "models/open.py": "from openai import OpenAI\nfrom .base import Base\nclass Open(Base):\n"
            "    def ask(self, text):\n        OpenAI().chat.completions.create(model=self.model_name, messages=text)\n"
            "class Mini(Open):\n    pass\n",
            "models/hub.py": "from transformers import AutoModel\nclass Named:\n    def __init__(self, where):\n"
            "        self.where = where\nclass Hub(Named):\n"
            "    def load(self):\n        AutoModel.from_pretrained(self.where)\n",
            "main.py": "from models.hub import Hub\nfrom models.open import Mini, Open\ndef made(name):\n"
            "    if name == 'open':\n        return Open('unheard-9-turbo')\n"
            "    return {'mini': Mini('unheard-9-mini'), 'hub': Hub('nobody/hub')}[name]\n",
        }
    )
    assert loads(found) == ["main.py:5 unheard-9-turbo", "main.py:6 unheard-9-mini", "main.py:6 nobody/hub"]


def test_what_stands_beside_a_setting_pins_it_where_the_code_reads_a_revision() -> None:
    found = project(
        {
            "load.py": "import yaml\nfrom transformers import AutoModel\n"
            "for one in yaml.safe_load(open('all.yaml'))['many']:\n"
            "    AutoModel.from_pretrained(one['start'], revision=one['revision'])\n"
            "    AutoModel.from_pretrained(one['floats'])\n",
            "all.yaml": "many:\n  - start: nobody/one\n    floats: nobody/two\n    revision: v1\n"
            "  - start: nobody/three\n    rev: v3\n",
        }
    )
    pins = {one.name: one.revision for one in found.references if one.role is Role.LOAD}
    assert pins == {"nobody/one": "v1", "nobody/two": None, "nobody/three": "v3"}


def test_options_of_a_module_of_their_own_are_read_elsewhere() -> None:
    options = (
        "import argparse\ndef options():\n    parser = argparse.ArgumentParser()\n"
        '    parser.add_argument("--arch", default="unheard_tiny")\n'
        '    parser.add_argument("--text_part", default="{}/text")\n'
        '    parser.add_argument("--note_part", default="{}/note")\n    return parser.parse_args()\n'
    )
    net = (
        "import timm\nfrom transformers import AutoModel\nclass Net:\n    def __init__(self, args):\n"
        "        timm.create_model(args.arch, pretrained=True)\n        AutoModel.from_pretrained(args.text_part)\n"
    )
    main = "from options import options\nfrom net import Net\nNet(options())\n"
    files = {"options.py": options.format("nobody", "nobody"), "net.py": net, "main.py": main}
    assert loads(project(files)) == ["options.py:4 unheard_tiny", "options.py:5 nobody/text"]
    two = {f"{name}/{path}": text.replace("nobody", name) for name in ("one", "two") for path, text in files.items()}
    assert loads(project(two)) == [
        *("one/options.py:4 unheard_tiny", "one/options.py:5 one/text"),
        *("two/options.py:4 unheard_tiny", "two/options.py:5 two/text"),
    ]
    programs = {"net.py": net} | {
        f"{name}.py": options.format(name, name) + "from net import Net\nNet(options())\n" for name in ("score", "tune")
    }
    assert [one for one in loads(project(programs)) if "text" in one] == [
        "score.py:5 score/text",
        "tune.py:5 tune/text",
    ]


def test_what_a_script_is_given_on_a_command_line_is_a_load_if_the_option_is() -> None:
    found = project(
        {
            "train.py": "import argparse\nfrom transformers import AutoModel\nparser = argparse.ArgumentParser()\n"
            'parser.add_argument("--teacher")\nparser.add_argument("--data")\nargs = parser.parse_args()\n'
            "AutoModel.from_pretrained(args.teacher)\n",
            "run.sh": "python train.py --teacher nobody/teacher-7b --data nobody/data-1\n"
            "torchrun --nproc_per_node=2 train.py --teacher=nobody/teacher-8b\n",
        }
    )
    assert loads(found) == ["run.sh:1 nobody/teacher-7b", "run.sh:2 nobody/teacher-8b"]
    found = project(
        {
            "train.py": "import hydra\nfrom transformers import AutoModel\n@hydra.main(config_path=None)\n"
            "def main(config):\n    AutoModel.from_pretrained(config.policy.start)\n",
            "run.sh": "FROM=nobody/policy-7b\npython train.py ++policy.start=$FROM data.name=nobody/corpus-7b\n"
            'OPTIONS=(policy.start=nobody/policy-8b)\npython -m train "${OPTIONS[@]}"\n',
        }
    )
    assert loads(found) == ["run.sh:1 nobody/policy-7b", "run.sh:3 nobody/policy-8b"]
    alone = project(
        {
            "train.py": 'from transformers import AutoModel\nparser.add_argument("--teacher")\n'
            "AutoModel.from_pretrained(args.teacher)\n"
        }
    )
    assert [r.reason for r in alone.references] == ["given on the command line (`--teacher`)"]


def test_a_field_of_a_class_is_what_a_file_or_a_command_line_fills_it_with() -> None:
    found = project(
        {
            "train.py": "from dataclasses import dataclass\nfrom transformers import AutoModel, HfArgumentParser\n"
            "@dataclass\nclass Args:\n    prm_path: str\n    judge_name: str = ''\n"
            "(args,) = HfArgumentParser(Args).parse_args_into_dataclasses()\n"
            "AutoModel.from_pretrained(args.prm_path)\nAutoModel.from_pretrained(args.judge_name)\n",
            "recipes/one.yaml": "prm_path: nobody/prm-7b\nother_path: nobody/other-7b\n",
            "run.sh": "python train.py --judge_name nobody/judge-7b\n",
        }
    )
    assert loads(found) == ["recipes/one.yaml:1 nobody/prm-7b", "run.sh:1 nobody/judge-7b"]


def test_a_field_of_settings_is_what_the_environment_says() -> None:
    found = project(
        {
            "config.py": "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    judge: str\n"
            "def get_settings():\n    return Settings()\n",
            "main.py": "from openai import OpenAI\nfrom config import get_settings\n"
            "OpenAI().responses.create(model=get_settings().judge, input='x')\n",
            ".env.example": "JUDGE=unheard-judge\n",
            "court.yaml": "judge: unheard-person\n",
        }
    )
    assert loads(found) == [".env.example:1 unheard-judge"]


def test_a_constant_is_found_through_the_package_that_hands_it_on() -> None:
    found = project(
        {
            "app/__init__.py": "from .inner.names import MODEL\n",
            "app/inner/names.py": 'MODEL = "nobody/handed-on"\n',
            "main.py": "from app import MODEL\nfrom vllm import LLM\nLLM(MODEL)\n",
        }
    )
    assert loads(found) == ["app/inner/names.py:1 nobody/handed-on"]


def test_modules_that_import_each_other_and_names_bound_to_themselves_end() -> None:
    circle = "from {} import X, Y\nfrom transformers import AutoModel\nX = Y\nY = X\nself.a = self.a.b.c\n"
    files = {"a.py": circle.format("b"), "b.py": circle.format("a") + "AutoModel.from_pretrained(X)\n"}
    assert loads(project(files)) == []


def test_a_wrapper_is_asked_in_every_module_that_calls_it() -> None:
    found = project(
        {
            "lib/wrap.py": "from transformers import AutoModel\n\n\nclass Model:\n    def __init__(self, which):\n"
            "        self.which = which\n\n    def load(self):\n        return AutoModel.from_pretrained(self.which)\n",
            "one.py": 'from lib.wrap import Model\nModel("nobody/one")\n',
            "two.py": 'import lib.wrap\nlib.wrap.Model(which="nobody/two").load()\n',
        }
    )
    assert loads(found) == ["one.py:2 nobody/one", "two.py:2 nobody/two"]


def test_a_flag_of_the_program_reaches_the_module_that_it_imports() -> None:
    found = project(
        {
            "main.py": "import argparse\nfrom work import run\nparser = argparse.ArgumentParser()\n"
            'parser.add_argument("--net", default="nobody/flagged")\nrun(parser.parse_args())\n',
            "work.py": "from transformers import AutoModel\ndef run(args):\n    AutoModel.from_pretrained(args.net)\n",
        }
    )
    assert loads(found) == ["main.py:4 nobody/flagged"]


def test_flags_are_those_of_the_module_that_parses_them_wherever_they_are_read() -> None:
    found = project(
        {
            "lib/config.py": "import argparse\ndef parse_arguments():\n    parser = argparse.ArgumentParser()\n"
            '    parser.add_argument("-n", "--net", default="nobody/net")\n'
            '    parser.add_argument("-m", "--model_name", default="nobody/named")\n'
            '    parser.add_argument("--part", default="nobody/part")\n'
            '    parser.add_argument("--seed", default="nobody/seed")\n    return parser.parse_args()\n',
            "train.py": "from lib.config import parse_arguments\nfrom transformers import AutoModel\n"
            "from model import build\nargs = parse_arguments()\nAutoModel.from_pretrained(args.net)\nbuild(args)\n",
            "model.py": "from transformers import AutoModel\ndef build(args):\n"
            "    AutoModel.from_pretrained(args.part)\n",
        }
    )
    assert loads(found) == ["lib/config.py:4 nobody/net", "lib/config.py:5 nobody/named", "lib/config.py:6 nobody/part"]


def test_a_setting_that_code_reads_is_a_load_where_the_setting_stands() -> None:
    code = "from transformers import AutoModel\nimport os\nAutoModel.from_pretrained(cfg['parts']['net'])\n"
    clues = find(Source(path="a.py", data=code.encode()), load()).clues
    at = Location(path="conf.yaml", line=7, column=8)
    setting = Setting(keys=("all", "parts", "net"), value="nobody/set", location=at)
    other = Setting(keys=("all", "other", "net"), value="nobody/not", location=Location(path="conf.yaml", line=9))
    (reference,) = link((*clues, Settings.of("conf.yaml", (setting, other))), load()).references
    assert (reference.name, reference.location, reference.how) == ("nobody/set", at, "config")


def test_a_key_that_says_nothing_is_learned_from_code_where_the_name_has_an_owner() -> None:
    found = project(
        {
            "e.py": "import configparser\nfrom transformers import AutoModel\nconfig = configparser.ConfigParser()\n"
            "config.read('c.ini')\n"
            "def load(kind):\n    return AutoModel.from_pretrained(config[kind]['weights_place'])\n"
            "AutoModel.from_pretrained(config['a']['path'])\n",
            "c.ini": "[a]\nweights_place = nobody/unheard\npath = assets/things\n[b]\nweights_place = somewhere\n",
        }
    )
    assert loads(found) == ["c.ini:2 nobody/unheard"]


def test_a_key_of_everything_is_learned_from_no_code() -> None:
    found = project(
        {
            "e.py": "from sentence_transformers import SentenceTransformer\nSentenceTransformer(config['name'])\n",
            "pyproject.toml": '[project]\nname = "tool-calling"\n',
        }
    )
    assert loads(found) == []


def test_a_table_says_which_hub_has_a_name() -> None:
    text = 'import transformers\nMODELS = {Source.MODELSCOPE: "Nobody/Big-7B", Source.DEFAULT: "Nobody/Big-8B"}\n'
    found = {r.name: r.ecosystem for r in project({"a.py": text}).references}
    assert found == {"Nobody/Big-7B": "modelscope", "Nobody/Big-8B": "huggingface"}


def test_a_reference_carries_its_line_and_its_scope() -> None:
    text = 'from transformers import AutoModel\nif True:\n    AutoModel.from_pretrained("nobody/x")  # why\n'
    (found,) = project({"examples/demo.py": text}).references
    assert found == Reference(
        name="nobody/x",
        written="nobody/x",
        ecosystem="huggingface",
        role=Role.LOAD,
        location=Location(path="examples/demo.py", line=3, column=32),
        how="call",
        library="transformers",
        snippet='AutoModel.from_pretrained("nobody/x")  # why',
        scope="example",
    )


def test_columns_count_characters_where_the_parser_counts_bytes() -> None:
    text = 'from transformers import AutoModel\ngrün = 1; AutoModel.from_pretrained("nobody/x")\n'
    (found,) = project({"a.py": text}).references
    assert found.location.column == text.split("\n")[1].index("nobody") + 1


def test_an_encoding_cookie_is_obeyed() -> None:
    text = '# coding: latin-1\nfrom transformers import AutoModel\ngr\xfcn = 1\nAutoModel.from_pretrained("nobody/x")\n'
    (found,) = detect([Source(path="a.py", data=text.encode("latin-1"))]).references
    assert (found.name, found.location.line) == ("nobody/x", 4)


CALL = 'AutoModel.from_pretrained("nobody/x")\n'


@pytest.mark.parametrize(
    "text",
    [
        "x" + ".a" * 50_000,
        "1+" * 30_000 + "1",
        "-" * 10_000 + "1",
        "x = [" * 3_000,
        "if x:\n  pass\n" + "elif x:\n  pass\n" * 5_000,
        "x = " + "9" * 5_000,
        "model = '\0'",
        "# coding: no-such-thing\n",
        "def f(:\n",
        "f" + "(x)" * 20_000,
    ],
    ids=["attributes", "sum", "minus", "brackets", "elif", "digits", "nul", "cookie", "syntax", "calls"],
)
def test_hostile_source_is_a_problem_or_nothing(text: str) -> None:
    found = project({"model.py": f"{text}\nmodel = 1\n", "good.py": "from transformers import AutoModel\n" + CALL})
    assert loads(found) == ["good.py:2 nobody/x"]
    assert {p.location.path for p in found.problems if p.location} <= {"model.py"}


def test_a_table_of_data_is_read_in_bounded_steps() -> None:
    rows = ",".join(f'"org/name-{i}"' for i in range(30_000))
    text = f"from transformers import AutoModel\nTABLE = [{rows}]\nfor t in TABLE:\n    AutoModel.from_pretrained(t)\n"
    assert 0 < len(loads(project({"a.py": text}))) <= 5_000


def test_joined_parts_do_not_multiply_without_end() -> None:
    parts = "".join(f"p{i} = 'a' if x else 'b'\n" for i in range(40))
    joined = "{p" + "}{p".join(map(str, range(40))) + "}"
    text = f"from transformers import AutoModel\n{parts}AutoModel.from_pretrained(f'nobody/{joined}')\n"
    found = project({"a.py": text})
    assert len(loads(found)) <= 100
    assert [r.reason for r in found.references if r.name is None] == ["composed in more than 100 ways"]


def test_a_name_bound_many_times_keeps_every_one() -> None:
    """Sixty branches are sixty names; what is beyond the bound is told."""
    branches = "".join(f"if x == {i}:\n    name = 'nobody/m{i}'\n" for i in range(60))
    load = "from transformers import AutoModel\nAutoModel.from_pretrained(name)\n"
    assert len(loads(project({"a.py": branches + load}))) == 60
    table = "TABLE = {" + ",".join(f"'k{i}': 'nobody/m{i}'" for i in range(1_100)) + "}\nname = TABLE[x]\n"
    found = project({"a.py": table + load})
    assert len(loads(found)) == 1_000
    assert "one of more than 1,000 values" in {r.reason for r in found.references}


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab.='\"()[]{}:,\n \t#%+|@*\\_x1/"), max_size=120))
def test_no_text_raises(text: str) -> None:
    project({"model.py": text, "model.ipynb": text})


def test_nothing_of_the_project_is_imported_or_run() -> None:
    before = set(sys.modules)
    project({"evil_model.py": "import evil_helper\nopen('/nowhere-at-all', 'w')\nraise SystemExit(3)\n"})
    assert not {m for m in set(sys.modules) - before if "evil" in m}


def test_a_syntax_error_opens_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython looks the line up in a file of the source's name; a pipe of that name would hang the scan."""
    from freehold.source import syntax_tree

    monkeypatch.chdir(tmp_path)
    os.mkfifo("<unknown>")
    opened: list[object] = []
    sys.addaudithook(lambda event, arguments: opened.append(arguments[0]) if event == "open" else None)
    with pytest.raises(SyntaxError):
        syntax_tree(b"import os\nif :\n")
    assert "<unknown>" not in [str(name) for name in opened]


def test_another_name_for_a_function_is_enough_to_read_a_function_that_calls_it() -> None:
    text = "from timm import create_model as make\n\n\ndef build():\n    return make('resnet50', pretrained=True)\n"
    assert loads(project({"a.py": text})) == ["a.py:5 timm/resnet50.a1_in1k"]


def test_many_imports_on_one_line_cost_no_square() -> None:
    """900 kB took a minute; a hang would end the suite's patience, not an assertion on time."""
    source = Source(path="a.py", data=b"from a import (" * 60_000)
    assert detect([source]).references == ()


@pytest.mark.parametrize(
    "line",
    [
        "def f{0}(x):\n    return g(x)",
        "def load_{0}(x):\n    return load_{0}0(x)",
        "C_{0} = 'nobody/c-{0}'",
        "import C_{0}",
        "MODEL_{0} = 'nobody/c-{0}'\nMODEL_{0}_REVISION = 'v1'",
    ],
)
def test_many_statements_cost_no_square(line: str) -> None:
    """Looking for each name in all of the others took minutes; a hang would end the suite's patience."""
    lines = "\n".join(line.format(i) for i in range(20_000))
    users = "\n".join(f"def user{i}():\n    return [C_{i}, load_{i}(1)]" for i in range(5_000))
    text = f'from vllm import LLM\n\nLLM("nobody/told")\n{lines}\n{users}\n'
    assert "a.py:3 nobody/told" in loads(project({"a.py": text}))


def test_many_keywords_cost_no_square() -> None:
    """What stands beside an argument is looked at, not everything that does."""
    given = "".join(f"model_{i}='nobody/c-{i}',\n" for i in range(5_000))
    text = f"from vllm import LLM\n\nLLM('nobody/told')\nf(0, revision='v1', {given})\n"
    assert "a.py:3 nobody/told" in loads(project({"a.py": text}))


@pytest.mark.parametrize(
    ("levels", "line", "last"),
    [
        (5, "x{0} = f'" + "{{x{1}}}" * 20 + "'", "x5 = 'https://api.example/'\nrequests.post(x0)"),
        (9, "\n".join(f"x{{0}} = x{{1}}['k{j}']" for j in range(8)), "AutoModel.from_pretrained(x0['name'])"),
        (16, "\n".join(["x{0} = x{1}"] * 4), "class x16:\n    name = 'nobody/b'\nAutoModel.from_pretrained(x0.name)"),
        (16, "x{0} = x{1} if a else x{1} if b else x{1}", "class x16: name = 1\nAutoModel.from_pretrained(x0.name)"),
        (9, "class A(A): pass\nclass B(A, B): pass\nclass A(B, A): pass", "AutoModel.from_pretrained(A.name)"),
    ],
    ids=["texts in an address", "settings", "names", "choices", "classes"],
)
def test_nested_choices_cost_no_power(levels: int, line: str, last: str) -> None:
    """500 bytes took two minutes, each level twenty times the one before; a hang would end the suite's patience."""
    lines = "\n".join(line.format(i, i + 1) for i in range(levels))
    head = "import requests\nfrom transformers import AutoModel"
    text = f"{head}\n{lines}\n{last}\nAutoModel.from_pretrained('nobody/told')\n"
    assert any(one.endswith("nobody/told") for one in loads(project({"a.py": text})))


def test_the_elements_of_one_loop_pin_nothing_by_their_place() -> None:
    """Neither name has a place in a row: asking for it ended the program."""
    text = "from vllm import LLM\nfor m in ['nobody/told', ()]:\n    LLM(m, revision=m)\n"
    assert loads(project({"a.py": text})) == ["a.py:2 nobody/told"]


SHA = "0123456789abcdef0123456789abcdef01234567"


def pins(text: str) -> dict[str | None, tuple[str | None, bool]]:
    """Of every load its revision, or why there is none that can be told, and whether the repository's code may run."""
    return {r.name: (r.revision or r.revision_reason, r.remote_code) for r in project({"a.py": text}).references}


def test_a_wrapper_hands_on_what_pins_a_model() -> None:
    """Each caller's revision is its own, through parameters, keyword options and fields."""
    found = pins(f'''
from transformers import AutoModel
SHA = "{SHA}"
def load(name, revision=None, trust=False):
    return AutoModel.from_pretrained(name, revision=revision, trust_remote_code=trust)
load("nobody/pinned", revision=SHA)
load("nobody/open")
load("nobody/trusted", "v3", True)
def outer(name, **options):
    return load(name, **options)
outer("nobody/outer", revision="dev")
def anything(**options):
    return AutoModel.from_pretrained(**options)
anything(pretrained_model_name_or_path="nobody/any", revision="next")
class Holder:
    def __init__(self, name, revision=None):
        self.name = name
        self.revision = revision
    def load(self):
        return AutoModel.from_pretrained(self.name, revision=self.revision)
Holder("nobody/held", revision="r1")
Holder("nobody/loose")
''')
    assert found == {
        "nobody/pinned": (SHA, False),
        "nobody/open": (None, False),
        "nobody/trusted": ("v3", True),
        "nobody/outer": ("dev", False),
        "nobody/any": ("next", False),
        "nobody/held": ("r1", False),
        "nobody/loose": (None, False),
    }


def test_name_and_revision_of_one_entry_belong_together() -> None:
    """In tables and in rows of a loop each name keeps its own revision."""
    found = pins("""
from transformers import AutoModel
TABLE = {"a": {"id": "nobody/one", "rev": "r1"}, "b": {"id": "nobody/two", "rev": "r2"}}
def load(size):
    entry = TABLE[size]
    return AutoModel.from_pretrained(entry["id"], revision=entry["rev"])
for name, revision in [("nobody/three", "r3"), ("nobody/four", "r4")]:
    AutoModel.from_pretrained(name, revision=revision)
""")
    assert found == {
        "nobody/one": ("r1", False),
        "nobody/two": ("r2", False),
        "nobody/three": ("r3", False),
        "nobody/four": ("r4", False),
    }


def test_a_revision_that_cannot_be_known_is_no_missing_one() -> None:
    """What is given at run time is told with its reason, and nobody says that the load follows a branch."""
    call = 'AutoModel.from_pretrained("nobody/one", revision=os.environ["REV"])'
    found = project({"a.py": f"import os\nfrom transformers import AutoModel\n{call}\n"})
    (load,) = found.references
    assert load.revision is None
    assert load.revision_reason == "given by the environment (REV)"
    assert not load.pinned
    assert not load.floating


def test_whether_the_models_own_code_may_run_is_told_followed_or_unknown() -> None:
    text = """
from transformers import AutoModel
from settings import load_settings
TRUST = True
options = {"trust_remote_code": True}
def trusts(kind):
    if kind == "a":
        return True
    return False
AutoModel.from_pretrained("nobody/said", trust_remote_code=True)
AutoModel.from_pretrained("nobody/not-said")
AutoModel.from_pretrained("nobody/constant", trust_remote_code=TRUST)
AutoModel.from_pretrained("nobody/options", **options)
AutoModel.from_pretrained("nobody/branches", trust_remote_code=trusts("a"))
AutoModel.from_pretrained("nobody/argument", trust_remote_code=args.trust)
AutoModel.from_pretrained("nobody/made", **load_settings())
"""
    found = project({"load.py": text, "settings.py": "def load_settings(): return read()\n"})
    assert {r.name: r.remote_code for r in found.references} == {
        "nobody/said": True,
        "nobody/not-said": False,
        "nobody/constant": True,
        "nobody/options": True,
        "nobody/branches": None,
        "nobody/argument": None,
        "nobody/made": None,
    }


def test_the_repository_of_a_library_uses_it_like_everyone() -> None:
    found = project(
        {
            "rerankers/__init__.py": "from .reranker import Reranker\n",
            "rerankers/reranker.py": "def Reranker(model_name):\n    return CLASSES[model_name]()\n",
            "examples/use.py": 'from rerankers import Reranker\nReranker("nobody/heard-of")\n',
        }
    )
    assert loads(found) == ["examples/use.py:2 nobody/heard-of"]


def test_a_schema_of_settings_says_what_code_reads() -> None:
    found = project(
        {
            "schema.yaml": "options:\n  local:\n    model: {value: base, options: [base, tiny.en]}\n"
            "    device: {value: auto, options: [cpu, small]}\n",
            "app.py": "from faster_whisper import WhisperModel\nfrom settings import section\n"
            "local = section('options')['local']\nWhisperModel(local['model'], device=local['device'])\n",
        }
    )
    assert loads(found) == [
        "schema.yaml:3 Systran/faster-whisper-base",
        "schema.yaml:3 Systran/faster-whisper-base",
        "schema.yaml:3 Systran/faster-whisper-tiny.en",
    ]


def test_a_word_of_everybody_is_what_the_library_that_is_told_it_makes_of_it() -> None:
    env = {".env": "WHISPER_MODEL=base\n"}
    code = "import os\nfrom faster_whisper import WhisperModel\nWhisperModel(os.environ['WHISPER_MODEL'])\n"
    assert loads(project(env)) == [".env:1 base"]
    assert loads(project(env | {"app.py": code})) == [".env:1 Systran/faster-whisper-base"]


def test_a_default_in_a_file_that_calls_nothing_is_found() -> None:
    found = project(
        {
            "net/bert.py": "from transformers import BertModel\n\n\n"
            "def make(kind):\n    return BertModel.from_pretrained(kind)\n",
            "net/detector.py": "from net import bert\n\n\nclass Detector:\n"
            '    def __init__(self, kind="bert-unheard-uncased"):\n        self.bert = bert.make(kind)\n',
        }
    )
    assert loads(found) == ["net/detector.py:5 bert-unheard-uncased"]


def test_the_files_of_a_group_of_settings_are_its_choices() -> None:
    found = project(
        {
            "conf/model/small.yaml": "name_or_path: nobody/small\nblock: Block/One\n",
            "conf/loss/dpo.yaml": "name_or_path: nobody/no-model\n",
            "train.py": "from transformers import AutoModel\n"
            "def main(config):\n    AutoModel.from_pretrained(config.model.name_or_path)\n",
        }
    )
    assert loads(found) == ["conf/model/small.yaml:1 nobody/small"]


def test_a_part_of_a_name_counts_where_the_name_is_written() -> None:
    text = (
        "import open_clip\nfrom transformers import AutoModel\n"
        'BOTH = "NoArch-X/nobodys-weights"\narch, weights = BOTH.split("/", 1)\n'
        "open_clip.create_model(arch, pretrained=weights)\n"
        'AutoModel.from_pretrained("cached:nobody/heard-of".split(":")[-1])\n'
    )
    (clip, auto) = project({"load.py": text}).references
    assert (clip.name, clip.written, clip.revision) == ("NoArch-X", "NoArch-X/nobodys-weights", "nobodys-weights")
    assert (auto.name, auto.written) == ("nobody/heard-of", "cached:nobody/heard-of")


def test_a_notebook_is_never_what_an_import_means() -> None:
    code = '{"cells": [{"cell_type": "code", "source": ["x = 1"]}], "nbformat": 4, "metadata": {}}'
    found = project(
        {
            "app.ipynb": code,
            "app/__init__.py": "from .core import NAME\n",
            "app/core.py": 'NAME = "nobody/heard-of"\n',
            "main.py": "from app import NAME\nfrom vllm import LLM\nLLM(NAME)\n",
        }
    )
    assert loads(found) == ["app/core.py:1 nobody/heard-of"]


def test_files_of_weights_count_where_they_are_written() -> None:
    text = (
        "import os\nfrom huggingface_hub import hf_hub_download\n"
        'hf_hub_download("nobody/heard-of", filename="unheard-Q4_K_M.gguf")\n'
        'hf_hub_download("nobody/other", filename="unheard-v1.bin")\n'
        'hf_hub_download("nobody/plain", filename="model.bin")\n'
        'path = os.path.join(folder, "unheard_fuser.safetensors")\n'
        'URL = "https://files.example/releases/v1/UnheardX4.pth?download=1"\n'
        'LORA = r"loras\\unheard_style.safetensors"\n'
        'save(model, "mine.pth")\nprint("unheard.safetensors")\nload("model.safetensors")\n'
    )
    found = project({"load.py": text})
    assert loads(found) == [
        "load.py:3 nobody/heard-of",
        "load.py:3 nobody/heard-of",
        "load.py:4 nobody/other",
        "load.py:4 nobody/other",
        "load.py:5 nobody/plain",
        "load.py:6 unheard_fuser.safetensors",
        "load.py:7 UnheardX4.pth",
        "load.py:8 unheard_style.safetensors",
    ]
    assert found.references[1].written == "unheard-Q4_K_M.gguf"


def test_lists_that_callers_give_and_loops_over_several_lists() -> None:
    found = project(
        {
            "mine.py": "from sentence_transformers import SentenceTransformer\n"
            "class Miner:\n    def __init__(self, retrievers=['nobody/default-one'], functions=('dot',)):\n"
            "        self.retrievers = retrievers\n        self.functions = functions\n"
            "    def run(self):\n        for name, function in zip(self.retrievers, self.functions):\n"
            "            self.one(name)\n    def one(self, name):\n        SentenceTransformer(name)\n",
            "train.py": "from mine import Miner\ndef train(names=['nobody/from-train']):\n"
            "    Miner(retrievers=names).run()\n",
        }
    )
    assert loads(found) == ["mine.py:3 nobody/default-one", "train.py:2 nobody/from-train"]


def test_a_word_of_the_projects_own_is_no_name_of_the_hub() -> None:
    found = project(
        {
            "load.py": "from transformers import AutoModel\ndef load(kind):\n    AutoModel.from_pretrained(kind)\n"
            "load('bart')\nload('gpt2')\nload('nobody/heard-of')\n"
        }
    )
    assert loads(found) == ["load.py:5 gpt2", "load.py:6 nobody/heard-of"]


def test_a_setting_of_the_name_of_a_flag_is_what_the_flag_is() -> None:
    found = project(
        {
            "main.py": "import argparse\nfrom transformers import pipeline\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('--summarizer', default='nobody/default-1')\nargs = parser.parse_args()\n"
            "pipeline('summarization', model=args.summarizer)\n",
            "params.json": '{"summarizer": "Nobody/heard-of-2", "title": "Some/Title-1"}\n',
        }
    )
    assert loads(found) == ["main.py:4 nobody/default-1", "params.json:1 Nobody/heard-of-2"]


def test_a_word_that_the_project_compares_with_has_the_projects_meaning() -> None:
    found = project(
        {
            "main.py": "from sentence_transformers import SentenceTransformer\nNAMES = ['bm25', 'unheard-of-v2']\n"
            "for name in NAMES:\n    if name == 'bm25':\n        continue\n    SentenceTransformer(name)\n"
        }
    )
    assert loads(found) == ["main.py:2 sentence-transformers/unheard-of-v2"]


def test_what_takes_a_model_made_elsewhere_says_nothing_about_one_that_cannot_be_known() -> None:
    found = project(
        {
            "crew.py": "from crewai import LLM, Agent\nfrom elsewhere import chosen\n"
            'Agent(role="a", llm=chosen())\nAgent(role="b", llm="openai/gpt-9")\nLLM(model=chosen())\n',
        }
    )
    assert [(r.location.line, r.name) for r in found.references] == [(4, "gpt-9"), (5, None)]


def test_the_short_names_of_a_library_count_beside_a_key_for_models_in_all_of_the_project() -> None:
    found = project(
        {
            "server.py": "from faster_whisper import WhisperModel\ndef serve(r):\n    WhisperModel(r.size)\n",
            "client.py": "import argparse\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('--model', default='small')\nclass Client:\n"
            "    def __init__(self, model='large-v3', mode='base'):\n        pass\n",
            "tests/test_client.py": "from client import Client\nClient(model='tiny.en')\n",
        }
    )
    assert loads(found) == ["client.py:3 Systran/faster-whisper-small", "client.py:5 Systran/faster-whisper-large-v3"]
    assert loads(project({"car.py": "Car(model='small')\n"})) == []


def test_a_module_that_is_imported_by_its_name_is_that_module() -> None:
    text = (
        "from importlib import import_module\ndef load():\n    torch = import_module('torch')\n"
        "    return torch.hub.load(repo_or_dir='nobody/heard-of', model='unheard_net')\n"
    )
    assert loads(project({"load.py": text})) == ["load.py:4 nobody/heard-of", "load.py:4 nobody/heard-of"]


def test_what_the_project_itself_writes_is_no_model_of_others() -> None:
    text = (
        "from transformers import AutoModel, TrainingArguments\nOUT = 'heard-of-7b-mine'\n"
        "args = TrainingArguments(output_dir=OUT, metric_for_best_model='eval-f1')\nAutoModel.from_pretrained(OUT)\n"
        "model.save_pretrained('quantized-mine')\nclient.create(model='quantized-mine')\n"
        "AutoModel.from_pretrained('nobody/heard-of')\n"
    )
    assert loads(project({"train.py": text})) == ["train.py:7 nobody/heard-of"]


def test_json_that_a_run_left_behind_is_not_read() -> None:
    record = '{"model": "gpt-4o", "seed": 1}'
    files = dict.fromkeys(("results/a.json", "eval/out_outputs.json", "benchmark_results/x/y.json"), record)
    assert loads(project({**files, "configs/a.json": record})) == ["configs/a.json:1 gpt-4o"]


def test_a_constant_with_an_underscore_keeps_the_methods_that_use_it() -> None:
    pad = "    def other(self):\n        return [" + '"x", ' * 200 + "]\n\n"
    found = project(
        {
            "app/fetch.py": "from huggingface_hub import snapshot_download\n\n\ndef fetch(repo_id, revision=None):\n"
            "    return snapshot_download(repo_id=repo_id, revision=revision)\n",
            "app/reader.py": "from app.fetch import fetch\n\n"
            '_READER_REPO_ID = "nobody/reader"\n_READER_COMMIT = "v3"\n\n\nclass Reader:\n'
            + pad * 4
            + "    def load(self):\n        return fetch(repo_id=_READER_REPO_ID, revision=_READER_COMMIT)\n",
        }
    )
    assert [(r.name, r.revision) for r in found.references if r.name] == [("nobody/reader", "v3")]


def test_a_table_and_a_loader_of_the_project_may_stand_in_files_of_their_own() -> None:
    found = project(
        {
            "app/table.py": 'CLIP_MODELS = [\n    ("RN50", "openai"),\n'
            '    ("convnext_base_w", "laion2b_s13b_b82k"),\n]\n',
            "app/run.py": "from app.load import load_model\nfrom app.table import CLIP_MODELS\n\n"
            "for arch, tag in CLIP_MODELS:\n    load_model(arch, tag)\n",
            "app/load.py": "import open_clip\n\n\ndef load_model(name, weights):\n"
            "    return open_clip.create_model_and_transforms(name, pretrained=weights)\n",
        }
    )
    assert loads(found) == [
        "app/table.py:2 timm/resnet50_clip.openai",
        "app/table.py:3 laion/CLIP-convnext_base_w-laion2B-s13B-b82K",
    ]


def test_what_an_address_has_only_a_number_of_is_written_as_it_stands() -> None:
    """`290640` would say nothing to a reader; the name at an API's address does."""
    version = "https://civitai.com/api/download/models/290640?type=Model"
    served = "https://api.deepinfra.com/v1/inference/nobody/unheard-7b"
    text = f'import requests\nrequests.get("{version}")\nrequests.post("{served}", json=body)\n'
    found = detect([Source("app.py", text.encode())]).references
    assert [one.written for one in found] == [version, "nobody/unheard-7b"]
