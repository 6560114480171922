"""The API answers what schemathesis makes up as docs/openapi.yaml says; `make fuzz` tries more."""

from tests.fuzz_api import described, fuzz


def test_whatever_is_asked_is_answered_as_described() -> None:
    findings = fuzz(cases=1, seed=1)
    assert findings.faults == {}
    statuses = {status for _, status in findings.answers}
    assert {200, 400, 404, 405} <= statuses and not statuses & {401, 403}
    operations = {label for label, status in findings.answers if status < 300}
    assert len(operations) >= 14, "most were asked for something that there is"


def test_an_answer_that_is_not_described_is_found() -> None:
    spec = described()
    recent = spec["paths"]["/api/recent"]
    del recent["get"]["responses"]["404"]
    findings = fuzz(cases=2, seed=1, spec=spec | {"paths": {"/api/recent": recent}})
    assert [fault.split(": ")[1] for fault in findings.faults] == ["UndefinedStatusCode"]
