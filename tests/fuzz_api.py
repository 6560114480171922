"""Requests to the API as docs/openapi.yaml describes them, made up by schemathesis.

python -m tests.fuzz_api [--cases 200] [--seed 1]

For each operation so many that fit the description, as many that do not, and some at its edges. No
answer may be a fault of the server, or other than is described: by status, type, headers or schema.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.api_tokens import add_token, bearer
from tests.fuzz_forms import PASSWORD, app_in
from tests.uploads.running_jobs import OWNER, picture_file, running_jobs
from webapp.config import ROOT
from webapp.web.services import services_of

CASES = 200
EDGES_PER_CASE = 4
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
KNOWN = {"camera": "demo", "alert_id": "1"}
# What a description cannot say: one time before another, one to come, and what is a picture.
MAY_REFUSE = ("GET /api/history", "POST /api/analyse", "POST /api/cameras/{camera}/pause")
# One answer of all has this; whatever else is wrong with it, it is told once.
MOST_TOLD_CHARACTERS = 2500


@dataclass
class Findings:
    """What came of all requests.

    Attributes:
        answers: how many by operation and status.
        faults: what is wrong, by operation and the first lines that say it.
    """

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


def described() -> dict[str, Any]:
    """Return docs/openapi.yaml."""
    spec: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    return spec


def fuzz(cases: int, seed: int, spec: dict[str, Any] | None = None) -> Findings:
    """Try every operation; `spec` is tried instead of docs/openapi.yaml."""
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder, running_jobs() as jobs:
        app = app_in(Path(folder))
        services_of(app).analysis = jobs.runner
        shown = _Shown(bearer(add_token(services_of(app).database, "admin")), _cookie(app))
        schema = schemathesis.openapi.from_dict(spec or described())
        schema.app = app
        # No text may hold it, which no description can say.
        schema.config.generation.update(allow_x00=False)
        for found in schema.get_all_operations():
            operation = found.ok()
            job = jobs.submit(picture_file()) if "{job_id}" in operation.path else None
            known = KNOWN | ({"job_id": job.id} if job else {})
            _try(operation, known, shown.by(operation), findings, cases, seed)
            if job:
                with suppress(KeyError):
                    jobs.runner.forget(OWNER, job.id)
        services_of(app).database.close()
    return findings


@dataclass(frozen=True)
class _Shown:
    """What shows who asks: a token, or the cookie of a browser where none is taken."""

    token: dict[str, str]
    cookie: dict[str, str]

    def by(self, operation: APIOperation) -> dict[str, Any]:
        security = operation.definition.raw.get("security")
        takes_token = security is None or any("token" in each for each in security)
        return {"headers": self.token} if takes_token else {"cookies": self.cookie}


def _cookie(app: Flask) -> dict[str, str]:
    client = app.test_client()
    here = {"Origin": "http://localhost"}
    client.post("/login", data={"username": "admin", "password": PASSWORD}, headers=here)
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie
    return {name: cookie.value}


def _try(
    operation: APIOperation,
    known: dict[str, str],
    shown: dict[str, Any],
    findings: Findings,
    cases: int,
    seed: int,
) -> None:
    left_out = [ignored_auth]
    if "cookies" in shown:
        # The cookie's name has a mark of the instance, so the described one is missed by nobody.
        left_out.append(negative_data_rejection)
    if operation.label in MAY_REFUSE:
        left_out.append(positive_data_acceptance)

    def send(case: Case) -> None:
        try:
            answer = case.call(**shown)
            findings.answers[operation.label, answer.status_code] += 1
            # No refusal to schemathesis.
            is_refused = [negative_data_rejection] if answer.status_code == 411 else []
            case.validate_response(answer, excluded_checks=left_out + is_refused)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                told = f"{operation.label}: {type(failure).__name__}: {failure}"
                findings.faults.setdefault(told[:120], told[:MOST_TOLD_CHARACTERS])

    edges = list(_at_the_edges(operation))
    for case in random.Random(seed).sample(edges, min(len(edges), cases * EDGES_PER_CASE)):
        send(case)
    for mode in MODES:
        bounds = settings(
            max_examples=cases,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @seeded(seed)
        @bounds
        @given(operation.as_strategy(generation_mode=mode), st.booleans())
        def run(case: Case, is_known: bool) -> None:
            if is_known:
                # Of made-up names nothing is there.
                case.path_parameters |= {
                    name: known[name] for name in case.path_parameters if name in known
                }
            send(case)

        run()


def _at_the_edges(operation: APIOperation) -> Iterator[Case]:
    generation = operation.schema.config.generation_for(operation=operation, phase="coverage")
    yield from operation.schema.iter_coverage_cases(
        operation, generation_modes=MODES, generation_config=generation
    )


def main() -> None:
    """Run by the command line's numbers, print what was answered, and fail for any fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    findings = fuzz(options.cases, options.seed)
    answers = sorted((str(status), count) for (_, status), count in findings.answers.items())
    figures: Counter[str] = Counter()
    for status, count in answers:
        figures[status] += count
    print(json.dumps(figures), flush=True)
    for fault in findings.faults.values():
        print(f"FAULT {fault}", file=sys.stderr)
    sys.exit(bool(findings.faults))


if __name__ == "__main__":
    main()
