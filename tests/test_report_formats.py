"""The formats that other programs read, each against a reader or a schema that is not ours, and with hostile texts."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from junitparser import JUnitXml
from report_oracles import commands
from report_values import HOSTILE, at, hostile, voice_assistant
from sarif_pydantic import Sarif
from spdx_python_model import v3_0_1 as spdx

from freehold.report import render, sarif
from freehold.types import Model, Provenance, Report, Severity, Status

STORY = voice_assistant()
EMPTY = Report(root=".", provenance=Provenance(today=date(2026, 11, 22), mode="live"))
SOME = range(0, len(HOSTILE), 5)  # test_report_corpus.py has them all
EVERY = [STORY, EMPTY, *(hostile(HOSTILE[number]) for number in SOME)]
NAMES = ["story", "empty", *(f"hostile-{number}" for number in SOME)]


@pytest.fixture(params=EVERY, ids=NAMES)
def report(request: pytest.FixtureRequest) -> Report:
    value: Report = request.param
    return value


class TestSarif:
    # The keys that SARIF 2.1.0 knows for the objects that we write (OASIS, section 3).
    KEYS: ClassVar = {
        "run": "tool automationDetails columnKind originalUriBaseIds invocations results properties",
        "driver": "name semanticVersion rules",
        "rule": "id name shortDescription fullDescription help helpUri defaultConfiguration properties",
        "result": "ruleId ruleIndex level message locations relatedLocations partialFingerprints suppressions "
        "baselineState rank properties",
        "invocation": "executionSuccessful exitCode toolExecutionNotifications",
        "location": "artifactLocation region",
        "region": "startLine startColumn endLine endColumn",
    }

    def written(self, report: Report) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(render(report, "sarif"))
        return document

    def test_a_reader_that_is_not_ours_takes_it(self, report: Report) -> None:
        document = self.written(report)
        Sarif.model_validate(document)
        (run,) = document["runs"]
        self.known("run", run)
        self.known("driver", run["tool"]["driver"])
        for rule in run["tool"]["driver"]["rules"]:
            self.known("rule", rule)
        for invocation in run["invocations"]:
            self.known("invocation", invocation)
        for result in run["results"]:
            self.known("result", result)
            for location in result["locations"]:
                place = location["physicalLocation"]
                self.known("location", place)
                self.known("region", place["region"])
                assert re.fullmatch(r"[A-Za-z0-9._~/%-]*", place["artifactLocation"]["uri"])

    def known(self, kind: str, value: dict[str, Any]) -> None:
        assert set(value) <= set(self.KEYS[kind].split())

    def test_every_rule_is_in_every_run_and_says_what_code_scanning_asks_for(self) -> None:
        for report in (STORY, replace(STORY, findings=())):
            rules = self.written(report)["runs"][0]["tool"]["driver"]["rules"]
            assert [rule["id"] for rule in rules] == sorted(rule.id for rule in STORY.rules)
            assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in rules)

    def test_a_result_keeps_its_fingerprint_its_place_and_its_end(self) -> None:
        first = self.written(STORY)["runs"][0]["results"][0]
        assert first["partialFingerprints"] == {"primaryLocationLineHash": STORY.findings[0].fingerprint}
        assert first["locations"][0]["physicalLocation"] == {
            "artifactLocation": {"uri": "src/voice/omni.py", "uriBaseId": "SRCROOT"},
            "region": {"startLine": 31, "startColumn": 15, "endLine": 31, "endColumn": 15 + len("qwen3.5-omni-flash")},
        }
        assert first["rank"] == 78

    def test_what_was_waived_or_known_before_is_kept_and_says_so(self) -> None:
        known = replace(STORY.findings[1], status=Status.BASELINE)
        results = self.written(replace(STORY, findings=(*STORY.findings, known)))["runs"][0]["results"]
        assert len(results) == len(STORY.findings) + 1
        suppressed = {r["baselineState"]: r["suppressions"] for r in results if "suppressions" in r}
        assert suppressed["new"][0]["justification"].startswith("Access granted")
        assert suppressed["unchanged"][0]["kind"] == "external"

    def test_what_does_not_fit_is_told_and_is_the_mildest(self) -> None:
        many = tuple(replace(STORY.findings[4], location=at("a.py", n + 1)) for n in range(sarif.RESULTS))
        run = self.written(replace(STORY, findings=(*many, STORY.findings[0])))["runs"][0]
        assert len(run["results"]) == sarif.RESULTS
        assert run["results"][0]["level"] == "error"
        assert "1 findings" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]

    def test_a_message_is_no_link(self) -> None:
        text = self.written(hostile("[x](javascript:alert(1))"))["runs"][0]["results"][0]["message"]["text"]
        assert r"\[x\](javascript:alert(1))" in text


class TestCycloneDX:
    @pytest.mark.parametrize(
        ("name", "version"), [("cyclonedx", SchemaVersion.V1_7), ("cyclonedx-1.6", SchemaVersion.V1_6)]
    )
    def test_it_holds_to_its_schema(self, report: Report, name: str, version: SchemaVersion) -> None:
        assert JsonStrictValidator(version).validate_str(render(report, name)) is None

    def test_the_validator_finds_mistakes(self) -> None:
        broken = render(STORY, "cyclonedx").replace('"machine-learning-model"', '"model"')
        assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(broken) is not None

    def test_a_model_is_a_component_with_all_that_is_known(self) -> None:
        commit = "0123456789abcdef0123456789abcdef01234567"
        models = tuple(replace(m, commit=commit) if isinstance(m, Model) and m.weights else m for m in STORY.models)
        document = json.loads(render(replace(STORY, models=models), "cyclonedx"))
        by_ref = {component["bom-ref"]: component for component in document["components"]}
        chat = by_ref["model:huggingface/Qwen/Qwen3-30B-A3B-Instruct-2507"]
        assert chat["type"] == "machine-learning-model"
        assert chat["purl"] == f"pkg:huggingface/Qwen/Qwen3-30B-A3B-Instruct-2507@{commit}"
        assert chat["licenses"] == [{"license": {"id": "Apache-2.0", "acknowledgement": "declared"}}]
        assert chat["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
        assert chat["evidence"]["occurrences"] == [{"location": "docker/Dockerfile", "line": 12}]
        assert chat["modelCard"]["properties"] == [{"name": "freehold:availability", "value": "open"}]
        llama = by_ref["model:huggingface/meta-llama/Llama-3.1-8B-Instruct"]
        assert llama["pedigree"]["ancestors"][0]["name"] == "Llama-3.1-8B"
        assert by_ref["package:transformers@5.2.0"]["purl"] == "pkg:pypi/transformers@5.2.0"
        assert document["compositions"][0]["aggregate"] == "incomplete"

    def test_an_api_model_has_no_package_url(self) -> None:
        document = json.loads(render(STORY, "cyclonedx"))
        (omni,) = (c for c in document["components"] if c["name"] == "qwen3.5-omni-flash")
        assert "purl" not in omni
        assert "externalReferences" not in omni

    def test_the_serial_number_follows_from_the_report(self) -> None:
        serial = json.loads(render(STORY, "cyclonedx"))["serialNumber"]
        assert json.loads(render(STORY, "cyclonedx"))["serialNumber"] == serial
        assert json.loads(render(replace(STORY, files=42), "cyclonedx"))["serialNumber"] != serial


class TestSpdx:
    def read(self, report: Report) -> Any:
        objects = spdx.SHACLObjectSet()
        spdx.JSONLDDeserializer().deserialize_data(json.loads(render(report, "spdx")), objects)
        assert not objects.link()  # nothing points at nothing
        return objects

    def test_the_spdx_project_reads_it_back(self, report: Report) -> None:
        packages = list(self.read(report).foreach_type(spdx.ai_AIPackage))
        assert len(packages) == len(report.models)

    def test_every_model_has_one_declared_and_one_concluded_license(self) -> None:
        relations = list(self.read(STORY).foreach_type(spdx.Relationship))
        for kind in ("hasDeclaredLicense", "hasConcludedLicense"):
            starts = [r.from_.name for r in relations if str(r.relationshipType).endswith(kind)]
            assert {m.name for m in STORY.models} <= set(starts)
            assert len(starts) == len(set(starts))


class TestJUnit:
    def test_a_reader_that_is_not_ours_counts_the_same(self, report: Report) -> None:
        (suite,) = JUnitXml.fromstring(render(report, "junit").encode())
        cases = list(suite)
        assert (suite.tests, len(cases)) == (len(report.models) + len(report.findings),) * 2
        kinds = [type(result).__name__ for case in cases for result in case.result]
        assert (suite.failures, suite.errors, suite.skipped) == tuple(map(kinds.count, ("Failure", "Error", "Skipped")))

    def test_it_fails_when_the_build_does(self) -> None:
        (suite,) = JUnitXml.fromstring(render(STORY, "junit").encode())
        assert (suite.failures, suite.errors, suite.skipped) == (1, 1, 1)
        (suite,) = JUnitXml.fromstring(render(replace(STORY, fail_on=Severity.NOTE), "junit").encode())
        assert suite.failures == 5
        (suite,) = JUnitXml.fromstring(render(replace(STORY, fail_on=None), "junit").encode())
        assert suite.failures == 0


class TestGitLab:
    def test_it_has_the_keys_that_gitlab_reads_and_every_row_its_own_fingerprint(self, report: Report) -> None:
        rows = json.loads(render(report, "gitlab"))
        assert len(rows) == sum(f.status is Status.OPEN for f in report.findings)
        assert len({row["fingerprint"] for row in rows}) == len(rows)
        for row in rows:
            assert set(row) == {"description", "check_name", "fingerprint", "severity", "location"}
            assert row["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert not row["location"]["path"].startswith("./")
            assert row["location"]["lines"]["begin"] >= 1

    def test_equal_findings_stay_two_rows(self) -> None:
        twice = replace(STORY, findings=(STORY.findings[0],) * 2)
        first, second = json.loads(render(twice, "gitlab"))
        assert first["fingerprint"] != second["fingerprint"]


class TestGitHub:
    def test_the_runner_reads_each_annotation_back(self) -> None:
        (error, *_, note) = commands(render(STORY, "github"))
        name, properties, message = error
        assert name == "error"
        assert properties == {
            "file": "src/voice/omni.py",
            "line": "31",
            "col": "15",
            "title": "model-became-api-only qwen3.5-omni-flash",
        }
        assert message.split("\n")[1].startswith("Next: go back to Qwen/Qwen3-Omni")
        assert note[0] == "notice"

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_hostile_name_stays_in_its_property(self, text: str) -> None:
        found = commands(render(hostile(text), "github"))
        assert [command for command, _, _ in found] == ["error", "warning", "notice"]
        for _, properties, _ in found:
            assert set(properties) - {"file"} == {"line", "col", "title"}
            assert (properties["line"], properties["col"]) == ("3", "7")

    def test_more_than_the_runner_shows_is_counted(self) -> None:
        many = tuple(replace(STORY.findings[0], model=f"m{n}") for n in range(37))
        text = render(replace(STORY, findings=many), "github")
        assert text.count("::error ") == 10
        assert "and 27 more errors; the step summary has all" in text


class TestCsv:
    def test_every_model_is_a_row_as_wide_as_the_header(self, report: Report) -> None:
        header, *rows = csv.reader(io.StringIO(render(report, "csv")))
        assert len(rows) == len(report.models)
        assert {len(row) for row in rows} <= {len(header)}

    @pytest.mark.parametrize("text", HOSTILE)
    def test_no_cell_is_a_formula(self, text: str) -> None:
        for row in csv.reader(io.StringIO(render(hostile(text), "csv"))):
            assert not any(cell.lstrip()[:1] in ("=", "+", "-", "@", "|", "%") for cell in row if cell.strip())


class TestNotices:
    def test_models_and_packages_stand_below_their_license(self) -> None:
        text = render(STORY, "notices")
        apache, llama = text.index("\nApache-2.0\n"), text.index("\nLicenseRef-llama-3.1\n")
        assert apache < text.index("package transformers 5.2.0") < llama < text.index("model meta-llama/Llama-3.1-8B")
        assert text.index("no license known") < text.index("package torch 2.9.1")
        assert "* when you pass it on: include the license text, and the NOTICE file" in text
        # What is called through an API is passed on to nobody, so it owes no notice.
        assert text.index("under the vendor's terms") < text.index("model qwen3.5-omni-flash")
