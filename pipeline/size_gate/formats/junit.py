"""JUnit XML, as the `junit-10.xsd` of Jenkins' xUnit plugin has it: one test case for each item."""

from xml.etree import ElementTree as ET

from pipeline.size_gate.judging import Report, Status, Verdict
from pipeline.size_gate.wording import amount_text

SUITE = "airdelta check-size"


def to_junit(report: Report) -> str:
    """Return the document; over budget is a failure, a missing baseline an error."""
    statuses = [verdict.status for verdict in report.verdicts]
    counts = {
        "name": SUITE,
        "tests": str(len(statuses)),
        "failures": str(statuses.count(Status.OVER)),
        "errors": str(statuses.count(Status.NO_BASELINE)),
    }
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", {**counts, "skipped": "0"})
    for verdict in report.verdicts:
        _case(suite, verdict)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _case(suite: ET.Element, verdict: Verdict) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {"classname": _xml(verdict.budget.name), "name": _xml(verdict.item.label)},
    )
    if verdict.is_failure:
        kind = "failure" if verdict.status is Status.OVER else "error"
        text = "; ".join(verdict.problems)
        ET.SubElement(case, kind, {"message": _xml(text), "type": verdict.status.value})
    notes = list(verdict.notes)
    if verdict.value is not None:
        notes.insert(0, f"value: {amount_text(verdict.value, verdict.unit)}")
    if verdict.baseline is not None:
        notes.insert(1, f"baseline: {amount_text(verdict.baseline, verdict.unit)}")
    if notes:
        ET.SubElement(case, "system-out").text = _xml("\n".join(notes))


def _xml(text: str) -> str:
    """XML 1.0 has no way to write most control characters."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
