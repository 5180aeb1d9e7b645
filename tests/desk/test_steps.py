"""What each role is told to do next, state by state."""

from __future__ import annotations

import pytest

from creative_platform.core import clock
from creative_platform.core.db import session, transaction
from creative_platform.desk.steps import organizer as organizers
from creative_platform.desk.steps.arriving import first_step
from creative_platform.desk.steps.juror import juror_step
from creative_platform.desk.steps.participant import participant_step
from creative_platform.entries.models import EntryState
from creative_platform.entries.policy import Missing
from creative_platform.judging import queries as judging
from creative_platform.judging import service as judging_service
from creative_platform.results import queries as results
from creative_platform.results import service as results_service
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.judging import admit, computed, draw, full, give_marks, given

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _english(app):
    with app.test_request_context("/?lang=en"):
        yield


def of_entries(mine, missing=(), changed=()):
    step = participant_step(list(mine), {entry.id: list(missing) for entry in mine}, list(changed), clock.now())
    return (step.sentence, step.label) if step else None


def test_a_participant_is_led_to_what_is_missing_then_to_handing_in():
    draft = make_entry(submitted=False, title="Snow")
    assert of_entries([draft], [Missing("title", "x")]) == ("1 thing is missing in “Snow”.", "Go on")
    assert of_entries([draft]) == ("“Snow” is complete: hand it in.", "Look through and hand in")
    over = make_entry(make_contest(phase="judging"), submitted=False)
    assert (of_entries([over]), of_entries([])) == (None, None)


def test_who_handed_in_is_done_until_something_is_changed():
    entry = make_entry(title="Snow")
    assert of_entries([entry]) == ("Your work is handed in. Nothing is left to do now.", "")
    changed = of_entries([entry], changed=[entry])
    assert changed == ("You changed “Snow” after handing it in. Hand it in again.", "Look through and hand in")


def test_who_committed_a_file_is_led_to_sending_it_and_told_when_it_did_not_come():
    now = clock.now()
    open_call, closed = make_contest(), make_contest(phase="over")
    given = {"state": EntryState.COMMITTED, "deliver_until": now}
    owing = make_entry(open_call, title="Snow", **given)
    missed = make_entry(closed, title="Ice", **given)
    assert of_entries([owing, missed]) == ("Send the files that you committed for “Snow”.", "Send the files")
    assert of_entries([missed]) == (
        "Committed files of “Ice” did not arrive in time. The organizers decide.",
        "To my entry",
    )
    sooner = make_entry(open_call, submitted=False, title="Draft")
    assert of_entries([owing, sooner]) == ("“Draft” is complete: hand it in.", "Look through and hand in")


def test_an_admin_who_organizes_nothing_looks_after_the_platform():
    admin, visitor = make_user(is_admin=True), make_user()
    assert first_step(admin.as_actor(), clock.now()).url == "/admin"
    assert first_step(visitor.as_actor(), clock.now()).url == "/contests"
    make_contest(admin)
    assert first_step(admin.as_actor(), clock.now()).url == "/manage"


def test_a_juror_goes_on_until_all_is_judged_and_again_when_the_round_opens_again(contest, organizer, jurors):
    draw(contest, organizer, make_entry(contest), make_entry(contest), make_entry(contest))
    actor, now = jurors[0].as_actor(), clock.now()
    assert juror_step([], now).sentence == "No entries were given to you yet."
    rows = judging.assignments_of(actor)
    assert juror_step(judging.desks_of(actor), now).sentence == "2 entries wait for you."
    judging_service.write_sheet(actor, rows[0].public_id, full(), arrived_at=now)
    assert juror_step(judging.desks_of(actor), now).sentence == "One entry waits for you."
    judging_service.close_round(organizer.as_actor(), contest)
    session().expire_all()
    assert juror_step(judging.desks_of(actor), now).sentence == "All your entries are judged."
    judging_service.reopen_round(organizer.as_actor(), contest, reason="One sheet was lost")
    session().expire_all()
    assert juror_step(judging.desks_of(actor), now).sentence == "One entry waits for you."


def of_contest(contest, organizer):
    session().expire_all()
    contest, actor = session().merge(contest), organizer.as_actor()
    hidden = judging.entries_hidden_from(actor, contest)
    progress = judging.progress(contest, contest.rounds[0], hidden)
    admitted = organizers.screening.admitted_names(contest)
    judged = organizers.judged(contest, progress, admitted, hidden=bool(hidden))
    step = organizers.organizer_step(contest, clock.now(), judged, results.seen_by(actor, contest))
    return step.sentence, step.url.rsplit("/", 1)[1]


def test_an_organizer_is_led_from_the_jury_to_the_announcement(contest, organizer, entries, store):
    assert of_contest(contest, organizer) == ("Hand the admitted entries out to the jury.", "jury")
    give_marks(contest, entries)
    assert of_contest(contest, organizer) == ("Every sheet is in: close the round.", "progress")
    judging_service.close_round(organizer.as_actor(), contest)
    closed = "The round is closed: compute the ranking and decide."
    assert of_contest(contest, organizer) == (closed, "results")
    computed(contest, organizer)
    assert of_contest(contest, organizer) == ("The ranking is computed: decide on the awards.", "results")
    given(contest, organizer, entries)
    assert of_contest(contest, organizer) == ("Awards are decided: announce the winners.", "announce")
    results_service.publish_results(organizer.as_actor(), contest)
    assert of_contest(contest, organizer) == ("The winners are announced.", "winners")


def test_awards_decided_before_the_round_was_opened_again_are_decided_anew(closed, organizer, entries):
    computed(closed, organizer)
    given(closed, organizer, entries)
    judging_service.reopen_round(organizer.as_actor(), closed, reason="One sheet was lost")
    judging_service.close_round(organizer.as_actor(), closed)
    computed(closed, organizer)
    said = "Awards were decided before marks changed: decide them anew."
    assert of_contest(closed, organizer) == (said, "results")


def test_too_few_jurors_are_told_when_every_sheet_is_in(contest, organizer, entries):
    give_marks(contest, entries)
    with transaction() as s:
        s.merge(contest).reviews_per_entry = 3
    said = "Every sheet is in, but 3 entries have fewer jurors than the rules promise."
    assert of_contest(contest, organizer) == (said, "jury")


def test_who_has_a_part_in_an_entry_is_not_told_that_entries_lack_jurors(contest, organizer, entries):
    admit(make_entry(contest, owner=organizer))
    give_marks(contest, entries)
    assert of_contest(contest, organizer) == ("The jury is at work: 6 of 6 sheets.", "progress")
