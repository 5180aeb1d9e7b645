"""Any value in any field of any call is answered in words, never by a 500."""

from __future__ import annotations

import itertools

import pytest

from creative_platform.api.operations import OPERATIONS
from creative_platform.api.schemas import SCHEMAS
from creative_platform.core import queue
from creative_platform.judging import queries, service
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat

pytestmark = [pytest.mark.database, pytest.mark.storage]

HOSTILE = [
    None, True, -1, 2**63, 1.5, "", "x" * 30_000, "a\0b", "\ud800", "../../etc/passwd", [], {}, {"a": {"b": []}},
    "9999-99-99T99:99:99Z", "a" * 26,
]  # fmt: skip
VALID = {
    "NewEntry": {"track": "story", "title": "T"},
    "EntryChanges": {"version": 1},
    "NewUpload": {"field": "pages", "filename": "a", "size_bytes": 5, "content_type": "image/png"},
    "WantedParts": {"parts": [{"number": 1, "sha256": "0" * 64}]},
    "SentPart": {"etag": "e", "sha256": "0" * 64},
    "ScoresheetChanges": {"version": 0, "scores": {}},
    "Recusal": {"reason": "r"},
    "ScreeningChoice": {"outcome": "admitted"},
    "Method": {"method": "mean"},
    "NewDecision": {"award": "a" * 26, "entry": "a" * 26, "reason": "r"},
}


@pytest.fixture
def things(store, program):
    """A person who is everything at once, and one thing of each kind."""
    person = make_user()
    open_one, judged = (
        make_contest(person, max_entries_person=2),
        make_contest(person, phase="judging", reviews_per_entry=1),
    )
    draft = make_entry(open_one, owner=person, submitted=False)
    seat(judged, person)
    admit(make_entry(judged))
    service.draw_assignments(person.as_actor(), judged)
    queue.work_off()
    [assignment] = queries.assignments_of(person.as_actor())
    caller = program(person)
    upload = caller.post(f"/entries/{draft.public_id}/uploads", VALID["NewUpload"]).json["upload_id"]
    places = {"/entries": draft, "/assignments": assignment, "/manage": draft}

    def address(row) -> str:
        place = next((thing.public_id for start, thing in places.items() if row.path.startswith(start)), upload)
        return row.path.format(slug=open_one.slug, public_id=place, number=1)

    return caller, address


@pytest.mark.parametrize("row", [o for o in OPERATIONS if o.request], ids=lambda o: o.endpoint)
def test_no_value_is_a_500(things, row):
    caller, address = things
    name = row.request["$ref"].rsplit("/", 1)[1]
    fields = SCHEMAS[name].get("properties", {})
    seen = set()

    for field, value in itertools.product(fields, HOSTILE):
        seen.add(caller.call(row.method, address(row), {**VALID.get(name, {}), field: value}).status_code)
    for value in HOSTILE:
        seen.add(caller.call(row.method, address(row), value).status_code)

    assert max(seen) < 500
    assert 422 in seen
