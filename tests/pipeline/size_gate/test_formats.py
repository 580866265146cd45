"""The report in every form: valid by its schema, and safe whatever names it holds."""

import json
from dataclasses import replace
from pathlib import Path

import fastjsonschema
import xmlschema

from pipeline.size_gate.formats.annotations import to_annotations
from pipeline.size_gate.formats.benchmark_json import to_benchmark_json
from pipeline.size_gate.formats.junit import to_junit
from pipeline.size_gate.formats.markdown import MARKER, MAX_CHARACTERS, to_markdown
from pipeline.size_gate.formats.report_json import to_json
from pipeline.size_gate.formats.sarif import to_sarif
from pipeline.size_gate.growth import SymbolGrowth
from tests.json_schemas import expect_documented
from tests.pipeline.size_gate.made_reports import make_report

HERE = Path(__file__).parent


class TestJUnit:
    def test_it_is_valid_by_its_schema(self) -> None:
        xmlschema.XMLSchema(HERE / "junit.xsd").validate(to_junit(make_report()))

    def test_over_budget_is_a_failure_and_a_missing_baseline_an_error(self) -> None:
        text = to_junit(make_report())

        assert text.startswith('<testsuites name="airdelta check-size" tests="5" failures="2"')
        assert 'errors="1"' in text
        assert (
            '<failure message="501 bytes, 1 byte over the limit of 500 bytes" type="over"' in text
        )

    def test_names_with_markup_and_control_characters_stay_text(self) -> None:
        report = make_report()
        budget = replace(report.verdicts[0].budget, name='x"<\x00&\x1b')
        odd = replace(report, verdicts=(replace(report.verdicts[0], budget=budget),))

        assert 'classname="x&quot;&lt;\ufffd&amp;\ufffd"' in to_junit(odd)


class TestSarif:
    def test_it_is_valid_by_its_schema(self) -> None:
        validate = fastjsonschema.compile(json.loads((HERE / "sarif.schema.json").read_text()))

        validate(json.loads(to_sarif(make_report())))

    def test_a_result_stands_at_its_budget_and_keeps_its_fingerprint(self) -> None:
        report = make_report()
        before = json.loads(to_sarif(report))["runs"][0]["results"]
        changed = [replace(verdict, problems=("other numbers",)) for verdict in report.verdicts]
        after = json.loads(to_sarif(replace(report, verdicts=tuple(changed))))["runs"][0]["results"]

        prints = [result["partialFingerprints"] for result in before]
        assert prints == [result["partialFingerprints"] for result in after]
        assert len({json.dumps(one) for one in prints}) == len(prints) == 3
        place = before[1]["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] == 13


class TestMarkdown:
    def test_it_begins_with_the_mark_by_which_a_comment_is_found_again(self) -> None:
        assert to_markdown(make_report()).splitlines()[0] == MARKER

    def test_names_cannot_break_out_of_their_cell(self) -> None:
        (row,) = [x for x in to_markdown(make_report()).splitlines() if "delta from 1.0.0 |" in x]

        assert "a\\|b&lt;c>`" in row

    def test_it_is_never_longer_than_a_comment_may_be(self) -> None:
        report = make_report()
        many = tuple(
            SymbolGrowth(name="n" * 20_000, before_bytes=0, after_bytes=i) for i in range(9)
        )

        text = to_markdown(replace(report, growth=many))
        assert len(text) <= MAX_CHARACTERS + len("(shortened)\n")
        assert text.endswith("(shortened)\n")


def test_annotations_name_file_and_line_and_escape_what_they_must() -> None:
    lines = list(to_annotations(make_report()))

    assert [line.partition(" ")[0] for line in lines] == [
        "::notice",
        "::error",
        "::error",
        "::notice",
        "::error",
    ]
    assert lines[-1].startswith(
        "::error file=airdelta.toml,line=17,"
        "title=airdelta check-size%3A air%3A 50 %25%2C at most::delivery over eu868-dr3"
    )


def test_benchmark_json_has_each_item_with_a_value_once() -> None:
    entries = json.loads(to_benchmark_json(make_report()))

    assert [(entry["name"], entry["unit"], entry["value"]) for entry in entries] == [
        ("image", "bytes", 4000),
        ("full-image", "bytes", 3000),
        ("delta from 1.0.0", "bytes", 501),
        ("delivery over eu868-dr3 from 1.0.0", "s", 90.5),
    ]


def test_json_is_as_its_schema_says() -> None:
    document = to_json(make_report())

    assert document["outcome"] == "over"
    expect_documented(json.loads(json.dumps(document, allow_nan=False)))
