"""Names that are made in one place of a project and read in another: settings, what modules are given by others."""

from __future__ import annotations

from freehold.detect import Detection, detect
from freehold.source import Source
from freehold.types import Role

LOAD = "from transformers import AutoModel\n"


def loads(files: dict[str, str]) -> list[str]:
    """The loads with a name of a project of these files."""
    found: Detection = detect([Source(path, text.encode()) for path, text in files.items()])
    return [f"{r.location.path}:{r.location.line} {r.name}" for r in found.references if r.name and r.role is Role.LOAD]


def test_a_setting_may_be_read_in_steps() -> None:
    code = (
        "import yaml\n" + LOAD + 'cfg = yaml.safe_load(open("conf/c.yaml"))\npart = cfg["part"]\n'
        'AutoModel.from_pretrained(part["source"])\n'
        'def build(section):\n    return AutoModel.from_pretrained(section["origin"])\nbuild(cfg["second"])\n'
        "class Worker:\n    def __init__(self, cfg):\n        self.part = cfg.third\n"
        '    def go(self):\n        return AutoModel.from_pretrained(self.part["root"])\nWorker(cfg).go()\n'
        'for entry in cfg["several"]:\n    AutoModel.from_pretrained(entry["what"])\n'
    )
    settings = (
        "part: {source: nobody/part}\nsecond:\n  origin: nobody/second\nthird:\n  root: nobody/third\n"
        "several:\n  - what: nobody/fourth\n  - what: nobody/fifth\n"
        "other:\n  source: nobody/not\n  origin: nobody/not\n  root: nobody/not\n  what: nobody/not\n"
    )
    found = loads({"app/main.py": code, "conf/c.yaml": settings})
    places = {1: "part", 3: "second", 5: "third", 7: "fourth", 8: "fifth"}
    assert found == [f"conf/c.yaml:{line} nobody/{name}" for line, name in places.items()]


def test_a_section_and_an_option_of_an_ini_file_are_its_keys() -> None:
    code = (
        "import configparser\n" + LOAD + 'parser = configparser.ConfigParser()\nparser.read("app.ini")\n'
        'AutoModel.from_pretrained(parser.get("net", "source", fallback="nobody/fallback"))\n'
    )
    found = loads({"main.py": code, "app.ini": "[net]\nsource = nobody/from-ini\n[more]\nsource = nobody/not\n"})
    assert found == ["app.ini:2 nobody/from-ini", "main.py:5 nobody/fallback"]


def test_a_module_a_class_and_an_object_are_given_names_from_elsewhere() -> None:
    found = loads(
        {
            "app/runner.py": LOAD + "WHICH = None\nclass Runner:\n    which = None\n    other = None\n"
            "    def go(self):\n        AutoModel.from_pretrained(self.which)\n"
            "        AutoModel.from_pretrained(self.other)\n"
            "def go():\n    AutoModel.from_pretrained(WHICH)\n",
            "app/main.py": "from . import runner\nfrom .runner import Runner\n"
            'runner.WHICH = "nobody/module"\nRunner.which = "nobody/class"\none = Runner()\n'
            'one.other = "nobody/object"\n',
            "tests/test_main.py": 'from app import runner\nrunner.WHICH = "nobody/double"\n',
        }
    )
    assert found == ["app/main.py:3 nobody/module", "app/main.py:4 nobody/class", "app/main.py:6 nobody/object"]


def test_a_framework_reads_the_settings_of_the_project() -> None:
    found = loads(
        {
            "shop/settings.py": 'THINKER = "nobody/thinker"\nOTHER = "nobody/never-read"\n',
            "shop/config.py": 'class Production:\n    SPEAKER = "nobody/speaker"\n',
            "shop/views.py": "from django.conf import settings as ours\nfrom flask import current_app\n"
            + LOAD
            + 'AutoModel.from_pretrained(ours.THINKER)\nAutoModel.from_pretrained(current_app.config["SPEAKER"])\n',
        }
    )
    assert found == ["shop/config.py:2 nobody/speaker", "shop/settings.py:1 nobody/thinker"]


def test_a_function_of_the_project_that_is_called_get_is_one() -> None:
    found = loads(
        {
            "app/known.py": '_TABLE = {"small": "nobody/from-a-table"}\ndef get(key):\n    return _TABLE[key]\n',
            "app/main.py": "from . import known\n" + LOAD + 'AutoModel.from_pretrained(known.get("small"))\n',
        }
    )
    assert found == ["app/known.py:1 nobody/from-a-table"]


def test_what_a_factory_of_a_field_gives_is_what_the_field_is() -> None:
    found = loads(
        {
            "app/config.py": "from dataclasses import dataclass, field\n@dataclass\nclass Config:\n"
            "    groq_models: list[str] = field(default_factory=lambda: [\n"
            '        "mixtral-8x7b-32768",\n        "llama3-70b-8192",\n    ])\n'
        }
    )
    assert found == ["app/config.py:5 mixtral-8x7b-32768", "app/config.py:6 llama3-70b-8192"]


def test_a_class_made_from_one_that_loads_is_read() -> None:
    found = loads(
        {
            "app/agents.py": "from openai import OpenAI\nclient = OpenAI()\nclass Agent:\n"
            "    def __init__(self, which):\n        self.which = which\n    def run(self):\n"
            "        client.chat.completions.create(model=self.which, messages=[])\n"
            'class Small(Agent):\n    def __init__(self):\n        super().__init__("nobody-small-1")\n'
        }
    )
    assert found == ["app/agents.py:10 nobody-small-1"]


def test_a_call_that_says_who_serves_counts_more_than_an_address_that_does_not() -> None:
    text = (
        "from langchain_ollama import ChatOllama\nfrom langchain_openai import ChatOpenAI\n"
        'NAME = "llama3.2"\nChatOllama(model=NAME)\nChatOpenAI(base_url="http://localhost:1234/v1", model=NAME)\n'
    )
    found = detect([Source("app/main.py", text.encode())]).references
    assert [(r.name, r.ecosystem) for r in found] == [("llama3.2", "ollama")]


def test_a_file_that_only_gives_a_name_to_a_class_of_the_project_is_read() -> None:
    base = (
        "from openai import OpenAI\nclient = OpenAI()\nclass Agent:\n    def __init__(self, which):\n"
        "        self.which = which\n    def run(self):\n"
        "        client.chat.completions.create(model=self.which, messages=[])\n"
    )
    use = "from base import Agent\n{} = Agent({!r})\n"
    names = ("mistral-large-latest", "deepseek-chat", "o3-mini", "claude-3-haiku-20240307")
    files = {f"use_{number}.py": use.format("agent", name) for number, name in enumerate(names)}
    assert loads({"base.py": base, **files}) == [f"use_{number}.py:2 {name}" for number, name in enumerate(names)]


def test_a_file_that_only_gives_a_constant_to_a_function_of_the_project_is_read() -> None:
    base = (
        'import os\nimport dspy\nSMART = os.getenv("SMART", "unheard-{0}")\n'
        'def configure_lm(which=None):\n    return dspy.LM(model=f"openai/{{which}}")\n'
    )
    use = "from base import SMART, configure_lm\ndef main():\n    return configure_lm(SMART)\n"
    files = {f"{part}/base.py": base.format(part) for part in ("one", "two")}
    found = loads({**files, "one/use.py": use, "two/use.py": use})
    assert found == ["one/base.py:5 unheard-one", "two/base.py:5 unheard-two"]


def test_a_template_of_settings_stands_for_what_people_copy_it_to() -> None:
    found = loads(
        {
            "settings_template.py": 'SPEAKER = "unheard"\n',
            "app/config.example.py": 'WRITER = "unheard-too"\n',
            "app/secrets.py.sample": 'KEY = ""\nREADER = "unheard-three"\n',
            "app/requests_example.py": 'READER = "nobody/not"\n',
            "app/main.py": "import requests\nimport settings\nfrom langchain_ollama import ChatOllama\n"
            "from . import config\nfrom app.secrets import READER\n"
            "for name in (settings.SPEAKER, config.WRITER, READER, requests.READER):\n    ChatOllama(model=name)\n",
        }
    )
    places = {"app/config.example.py:1": "unheard-too", "app/secrets.py.sample:2": "unheard-three"}
    assert found == [*(f"{place} {name}" for place, name in places.items()), "settings_template.py:1 unheard"]


def test_a_constant_of_any_module_is_read_where_it_is_imported() -> None:
    found = loads(
        {
            "app/words.py": 'MODEL_NAME = "unheard"\nLLM_ID = "unheard-too"\n',
            "app/main.py": "from langchain_ollama import ChatOllama\nfrom . import words\n"
            "from app.words import MODEL_NAME\nChatOllama(model=MODEL_NAME)\nChatOllama(model=words.LLM_ID)\n",
        }
    )
    assert found == ["app/words.py:1 unheard", "app/words.py:2 unheard-too"]


def test_a_table_of_settings_is_read_in_another_app_and_a_part_may_be_missing() -> None:
    found = loads(
        {
            "site/settings.py": 'SEARCH = {"EMBEDS": "nobody/embeds", "RANKS": {"NAME": "nobody/ranks"}}\n',
            "search/apps.py": "from django.conf import settings\n" + LOAD + "def ready():\n"
            '    AutoModel.from_pretrained(settings.SEARCH["EMBEDS"])\n'
            '    AutoModel.from_pretrained(settings.SEARCH["RANKS"]["NAME"])\n',
            "serve.py": "import yaml\n" + LOAD + 'cfg = yaml.safe_load(open("conf/c.yaml"))\n'
            'AutoModel.from_pretrained(cfg.get("part", {}).get("origin", "nobody/default"))\n',
            "conf/c.yaml": "part:\n  origin: nobody/part\nother:\n  origin: nobody/not\n",
        }
    )
    assert found == [
        "conf/c.yaml:2 nobody/part",
        "serve.py:4 nobody/default",
        "site/settings.py:1 nobody/embeds",
        "site/settings.py:1 nobody/ranks",
    ]


def test_what_a_test_gives_to_a_client_that_it_doubles_is_mentioned() -> None:
    client = (
        "import requests\nclass Client:\n    def chat(self, name, text):\n"
        '        return requests.post(self.url, json={"model": name, "messages": text})\n'
    )
    doubled = 'from app.client import Client\ndef test_it(monkeypatch):\n    Client().chat("nobody/doubled-7b", [])\n'
    real = 'from app.client import Client\ndef test_it():\n    Client().chat("nobody/asked-7b", [])\n'
    faked = real.replace("asked", "faked") + "class FakeAnswer:\n    status = 200\n"
    found = loads(
        {"app/client.py": client, "tests/test_a.py": doubled, "tests/test_b.py": real, "tests/test_c.py": faked}
    )
    assert found == ["tests/test_b.py:3 nobody/asked-7b"]


def test_an_object_that_holds_a_whole_file_of_settings_is_read_like_the_file() -> None:
    code = (
        "import json\n" + LOAD + "def read(path):\n    return json.load(open(path))\n"
        "class First:\n    def __init__(self, path):\n        self.config = self._read(path)\n"
        '        self.name = self.config["first"]["origin"]\n'
        "    def _read(self, path):\n        return json.load(open(path))\n"
        "    def go(self):\n        return AutoModel.from_pretrained(self.name)\n"
        "class Second:\n    def __init__(self, config):\n        self.cfg = config or read('conf/c.json')\n"
        '        self.part = self.cfg["second"]\n'
        '    def go(self):\n        return AutoModel.from_pretrained(self.part["origin"])\n'
        "class Third:\n    def go(self):\n"
        '        return AutoModel.from_pretrained(self.net["third"]["origin"])\n'
    )
    names = ("first", "second", "third")
    settings = "{\n" + ",\n".join(f'"{name}": {{"origin": "nobody/{name}"}}' for name in names) + "\n}\n"
    found = loads({"app.py": code, "conf/c.json": settings})
    assert found == ["conf/c.json:2 nobody/first", "conf/c.json:3 nobody/second"]


def test_a_record_of_how_a_model_did_sets_nothing() -> None:
    code = "import json\n" + LOAD + 'AutoModel.from_pretrained(json.load(open("c.json"))["run"]["model"])\n'
    record = '{"run": {"model": "nobody/recorded-7b", "accuracy": 0.7, "f1": 0.6}}\n'
    setting = '{"run": {"model": "nobody/set-7b", "epochs": 3}}\n'
    found = loads({"app.py": code, "reports/old.json": record, "conf/c.json": setting})
    assert found == ["conf/c.json:1 nobody/set-7b"]
