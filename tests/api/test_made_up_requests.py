"""Requests that schemathesis makes of the OpenAPI document, valid and invalid, as several people: all its checks.

A tenth in ordinary runs, all in `make drill`; ``DRILL_SEED=…`` repeats a run.
"""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import Case, GenerationMode
from schemathesis.config import GenerationConfig
from schemathesis.core import NOT_SET
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.overrides import Override

from creative_platform.accounts.service import SCOPES, create_api_token
from creative_platform.api import json_schema
from creative_platform.api.operations import OPERATIONS, PREFIX, Operation
from creative_platform.api.schemas import SCHEMAS
from creative_platform.core import db
from tests.api.asked_world import AskedWorld, make_asked_world
from tests.fixtures.snapshot import Snapshot

SEED = int(os.environ.get("DRILL_SEED") or secrets.randbelow(2**32))
BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
DOOR = {value for name, value in vars(json_schema).items() if name.isupper() and isinstance(value, str)}


class Asking:
    """Sends cases, puts the world back, counts, and keeps one example of each kind of failure."""

    def __init__(self, app: Flask, world: AskedWorld) -> None:
        self.world = world
        self.tokens = {name: create_api_token(person.as_actor(), name, SCOPES) for name, person in world.people.items()}
        self.tokens["narrow"] = create_api_token(world.people["organizer"].as_actor(), "narrow", ["contests:read"])
        db.session().rollback()
        self.snapshot = Snapshot()
        self.api = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", apart(app))
        accepted = self.api.config.checks.positive_data_acceptance
        accepted.expected_statuses = [*accepted.expected_statuses, "422"]  # told apart in ``_judge``
        self.sent: dict[str, Counter[int]] = {row.endpoint: Counter() for row in OPERATIONS}
        self.count = 0
        self.failures: dict[tuple[str, str], str] = {}

    def ask(self, row: Operation, cases: int) -> None:
        """Ask one operation: the edges of its schema for at most half of the cases, then whatever fits or breaks it."""
        operation = self.api.find_operation_by_id(row.endpoint)
        edges = list(edges_of(operation))
        edges.sort(key=fullness, reverse=True)  # first what may well be granted, so that each call reaches its 2xx
        edges[2:] = random.Random(SEED).sample(edges[2:], len(edges[2:]))
        for case in edges[: cases // 2]:
            self.send(row, case, self.world.caller(row.endpoint), steered=True)
        drawn = st.one_of([operation.as_strategy(generation_mode=mode) for mode in BOTH])
        anybody = [self.world.caller(row.endpoint)] * 5 + ["", *self.tokens]

        @seed(SEED)
        @settings(
            max_examples=cases - min(len(edges), cases // 2), phases=[Phase.generate], deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=drawn, who=st.sampled_from(anybody), steered=st.sampled_from([True, True, True, False]))
        def run(case: Case, who: str, steered: bool) -> None:
            self.send(row, case, who, steered=steered)

        run()

    def send(self, row: Operation, case: Case, who: str, *, steered: bool) -> None:
        """Send a case and judge the answer."""
        if steered:
            self._steer(row, case)
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        try:
            answer = case.call(headers=headers)
            self.count += 1
            if case.method == row.method:
                self.sent[row.endpoint][answer.status_code] += 1
            self._judge(row, case, answer)
            case.validate_response(answer, headers=headers, transport_kwargs={"headers": headers})
        except FailureGroup as failed:
            for failure in failed.exceptions:
                self.failures.setdefault((row.endpoint, f"{type(failure).__name__}: {failure.title}"), str(failed))
        if case.method != "GET" and answer.status_code < 400:
            self.snapshot.put_back()

    def _steer(self, row: Operation, case: Case) -> None:
        """Put what exists in the place of what was made up, wherever that was valid."""
        places, body = self.world.places.get(row.endpoint, {}), self.world.bodies.get(row.endpoint, {})
        if places and not (case.meta and case.meta.is_negative_at(ParameterLocation.PATH)):
            case.path_parameters = dict(places)
        if "cursor" in (case.query or {}) and not (case.meta and case.meta.is_negative_at(ParameterLocation.QUERY)):
            known = self.world.cursors.get(row.endpoint)
            case.query = (
                {**case.query, "cursor": known} if known else {k: v for k, v in case.query.items() if k != "cursor"}
            )
        if body and isinstance(case.body, dict) and case.body is not NOT_SET and row.request:
            schema = SCHEMAS[row.request["$ref"].rsplit("/", 1)[1]]["properties"]
            case.body = {
                name: body[name] if name in body and fits(schema[name], value) else value
                for name, value in case.body.items()
            }

    def _judge(self, row: Operation, case: Case, answer: Any) -> None:
        """A valid request may be refused for what it says, never for its form."""
        if answer.status_code == 422 and case.meta and case.meta.generation.mode.is_positive:
            said = {sentence for sentences in answer.json()["fields"].values() for sentence in sentences}
            if said & DOOR:
                self.failures.setdefault((row.endpoint, "form refused"), f"{case.body} {case.query} {answer.text}")

    def report(self) -> str:
        """Return the seed, how often each operation was answered how, and an example of each failure."""
        lines = [f"DRILL_SEED={SEED}: {self.count} cases"]
        lines += [f"{endpoint:20} {dict(sorted(answers.items()))}" for endpoint, answers in self.sent.items()]
        return "\n".join([*lines, *(f"{key}\n{example[:1500]}" for key, example in self.failures.items())])


def edges_of(operation: Any) -> Iterator[Case]:
    """Yield a case for each edge of an operation's schema, both sides of it, and each method that it does not have."""
    return iter(
        CoverageGenerator(
            operation=operation,
            generation_modes=BOTH,
            generation_config=GenerationConfig(),
            auth_storage=None,
            override=Override(),
            feedback=NO_FEEDBACK,
        )
    )


def fullness(case: Case) -> int:
    """Return how much a valid case says; -1 for one that is not valid."""
    if not (case.meta and case.meta.generation.mode.is_positive):
        return -1
    return len(case.body) if isinstance(case.body, dict) else 0


def apart(app: Flask) -> Any:
    """Return an application that gives each request a context of its own and compresses nothing."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        with app.app_context():
            return app(environ, start_response)

    return answer


def fits(schema: dict[str, Any], value: Any) -> bool:
    return Draft202012Validator({"components": {"schemas": SCHEMAS}, **schema}).is_valid(value)


@pytest.mark.skipif(os.environ.get("TEST_DATABASE") == "postgresql", reason="the world is put back by copying a file")
@pytest.mark.parametrize("cases", [pytest.param(300), pytest.param(10_000, marks=pytest.mark.drill)])
@pytest.mark.storage
@pytest.mark.timeout(3000)
def test_every_answer_is_as_the_document_says(store, app, program, cases):
    asking = Asking(app, make_asked_world(program))
    for row in OPERATIONS:
        asking.ask(row, round(1.1 * cases / len(OPERATIONS)))  # some take so little that there are fewer to make

    print(asking.report())  # noqa: T201 - the way to repeat it, and what was reached
    assert sorted(asking.failures) == []
    assert asking.count >= cases
    assert [e for e, answers in asking.sent.items() if not any(200 <= status < 300 for status in answers)] == []
