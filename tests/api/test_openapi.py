"""The OpenAPI document says what there is, and nothing else."""

from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator

from creative_platform.accounts.service import SCOPES
from creative_platform.api.operations import OPERATIONS, PREFIX
from creative_platform.api.schemas import SCHEMAS
from tests.scans.gather import BODIES

pytestmark = pytest.mark.database


def routes_of(app) -> set[tuple[str, str, str]]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    return {
        (method, re.sub(r"<(?:[^<>:]*:)?(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX)), rule.endpoint)
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_has_a_row_and_every_row_a_route(app):
    assert routes_of(app) == {(o.method, o.path, f"api.{o.endpoint}") for o in OPERATIONS}


def test_the_scans_have_something_to_send_to_every_call():
    wanted = {o.request["$ref"].rsplit("/", 1)[1] for o in OPERATIONS if o.request}

    assert wanted - BODIES.keys() == set()


def test_the_guard_of_every_route_is_the_scope_of_its_row(app):
    guards = {o.endpoint: app.view_functions[f"api.{o.endpoint}"].__guard__ for o in OPERATIONS}
    kinds = {True: "open_to", False: "scoped"}

    assert guards == {o.endpoint: f"{kinds[o.open]}:{o.scope}" if o.scope else "public" for o in OPERATIONS}
    assert {o.scope for o in OPERATIONS if o.scope} <= set(SCOPES)


def test_what_honours_a_key_says_so(app):
    keyed = {o.endpoint for o in OPERATIONS if hasattr(app.view_functions[f"api.{o.endpoint}"], "__keyed__")}

    assert keyed == {o.endpoint for o in OPERATIONS if o.keyed}


def test_the_document_holds_valid_schemas_and_every_reference_leads_somewhere(app, program):
    document = program().get("/openapi.json").json
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)

    references = set(re.findall(r'"#/components/schemas/(\w+)"', str(document).replace("'", '"')))

    assert references <= set(SCHEMAS)
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {o.path for o in OPERATIONS}


@pytest.mark.parametrize("name", sorted({o.request["$ref"].rsplit("/", 1)[1] for o in OPERATIONS if o.request}))
def test_requests_take_no_unknown_fields_and_every_text_ends(name):
    def walk(schema, where):
        if "$ref" in schema:
            return
        if schema.get("type") == "object" and "properties" in schema:
            assert schema["additionalProperties"] is False, where
        if schema.get("type") == "string" and "enum" not in schema:
            assert "maxLength" in schema, where
        for key, part in schema.get("properties", {}).items():
            walk(part, f"{where}.{key}")
        for part in [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", [])]:
            if isinstance(part, dict):
                walk(part, where)

    walk(SCHEMAS[name], name)
