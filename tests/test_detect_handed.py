"""What reaches a call from settings in code that nobody imports, and from command lines that name their program."""

from __future__ import annotations

import pytest

from freehold.detect import detect
from freehold.source import Source
from freehold.types import Role

NET = (
    "import timm\n\n\nclass Net:\n    def __init__(self, cfg):\n"
    "        self.net = timm.create_model(cfg.backbone, pretrained=True)\n"
)


def loads(files: dict[str, str]) -> list[str]:
    found = detect(Source(path, text.encode()) for path, text in files.items())
    told = [r for r in found.references if r.role is Role.LOAD and r.name is not None]
    return [f"{r.location.path}:{r.location.line} {r.ecosystem} {r.name}" for r in told]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("class CFG:\n    size = 384\n    backbone = 'kappanet_own'\n", 3),
        ("from types import SimpleNamespace\n\ncfg = SimpleNamespace()\ncfg.backbone = 'kappanet_own'\n", 4),
        ("cfg = dict(size=3, backbone='kappanet_own')\n", 1),
        ("config = {\n    'backbone': 'kappanet_own',\n}\n", 2),
    ],
)
def test_a_module_of_settings_may_be_chosen_at_run_time(text: str, line: int) -> None:
    train = "import importlib, sys\nfrom net import Net\n\nNet(importlib.import_module(f'configs.{sys.argv[1]}').cfg)\n"
    files = {"net.py": NET, "train.py": train, "configs/first.py": text, "configs/second.py": text}
    assert loads(files) == [f"configs/{name}.py:{line} timm kappanet_own" for name in ("first", "second")]


def test_tables_in_settings_are_entered_by_all_their_keys() -> None:
    files = {
        "net.py": "import timm\n\n\ndef build(cfg):\n    timm.create_model(cfg['image']['arch'], pretrained=True)\n",
        "cfg/one.py": "cfg = dict(image=dict(arch='kappanet_image'), text=dict(arch='other'), arch='amd64')\n",
    }
    assert loads(files) == ["cfg/one.py:1 timm kappanet_image"]


def test_what_is_no_setting_or_a_word_that_the_hub_may_not_have_stays_silent() -> None:
    hub = "from transformers import AutoModel\n\n\ndef build(cfg):\n    return AutoModel.from_pretrained(cfg.encoder)\n"
    files = {
        "net.py": NET,
        "views.py": "class Skeleton:\n    backbone = 'spine'\n\n\nform = {'backbone': 'spine'}\n",
        "hub.py": hub,
        "configs/text.py": "class Config:\n    encoder = 'utf-8'\n    engine = 'sqlite'\n",
    }
    assert loads(files) == []


def test_a_class_of_settings_that_is_passed_on_is_read_in_the_same_file() -> None:
    text = NET.replace("class Net", "class Config:\n    backbone = 'kappanet_own'\n    lr = 3\n\n\nclass Net")
    assert loads({"run.py": f"{text}\n\nNet(Config)\n"}) == ["run.py:5 timm kappanet_own"]


def test_a_plain_word_on_a_command_line_is_for_the_program_that_reads_it() -> None:
    read = "import argparse, timm\n\np = argparse.ArgumentParser()\np.add_argument('--arch')\nargs = p.parse_args()\n"
    files = {
        "src/train.py": f"{read}timm.create_model(args.arch, pretrained=True)\n",
        "serve.py": read,
        "run.sh": "for arch in kappanet_a kappanet_b; do\n  python src/train.py --arch $arch --seed 3\ndone\n"
        "torchrun --nproc_per_node=4 src/train.py --arch=kappanet_c.in21k --out zorbnet_out\n"
        "python serve.py --arch amd64\npython -m src.train --arch kappanet_d\n",
    }
    assert loads(files) == [
        "run.sh:1 timm kappanet_a",
        "run.sh:1 timm kappanet_b",
        "run.sh:4 huggingface timm/kappanet_c.in21k",
        "run.sh:6 timm kappanet_d",
    ]


def test_every_name_that_is_put_together_of_the_same_part_is_told() -> None:
    text = (
        "from huggingface_hub import snapshot_download\n\n\ndef fetch(size, plain):\n"
        "    snapshot_download(f'nobody/first-{size}')\n"
        "    snapshot_download('nobody/second-%s' % size)\n"
        "    name = size if plain else f'nobody/third-{size}'\n    snapshot_download(name)\n\n\n"
        "fetch('7b', False)\n"
    )
    assert loads({"fetch.py": text})[:3] == [
        "fetch.py:5 huggingface nobody/first-7b",
        "fetch.py:6 huggingface nobody/second-7b",
        "fetch.py:7 huggingface nobody/third-7b",
    ]


def test_what_a_table_says_that_a_class_is_made_with_reaches_the_class() -> None:
    net = (
        "import timm\n\n\nclass Base:\n    def __init__(self, name, **kwargs):\n"
        "        self.net = timm.create_model(name, pretrained=True, **kwargs)\n\n\n"
        "class KappaBackbone(Base):\n    def __init__(self, name, **kwargs):\n"
        "        super().__init__(name, **kwargs)\n\n\n"
        "class Head:\n    def __init__(self, name):\n        self.name = name\n"
    )
    table = (
        "model = dict(\n    type='Classifier',\n    backbone=dict(type='KappaBackbone', name='kappanet_l0'),\n"
        "    necks=[dict(type='KappaBackbone', name='kappanet_bare', pretrained=False)],\n"
        "    head=dict(type='Head', name='kappanet_head'))\n"
    )
    assert loads({"net.py": net, "configs/base.py": table, "other.py": table}) == ["configs/base.py:3 timm kappanet_l0"]
