"""The window after the close: who may deliver in it until when, and what a missed one leaves."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from creative_platform.contests.models import StageKind
from creative_platform.core import db, queue, receipts, signing
from creative_platform.core.errors import DomainError, Invalid, NotAllowed, TooLate
from creative_platform.entries import revisions
from creative_platform.entries import service as entries
from creative_platform.entries.models import EntryState, ScreeningOutcome
from creative_platform.entries.queries import receipts_of
from creative_platform.media import queries
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.screening import service as screening
from creative_platform.uploads import service
from creative_platform.uploads.service.commitments import GRACE
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.uploads.promises import (
    BODY,
    OTHER,
    WINDOW,
    closing,
    commit,
    committed_in_time,
    deliver,
    hand_in,
    mails,
    planned,
    state_of,
)

pytestmark = [pytest.mark.database, pytest.mark.storage]


@pytest.mark.parametrize(("before_end", "in_time"), [(1, True), (0, False), (-1, False)])
def test_the_window_is_decided_by_the_arrival_of_the_request_that_finishes(
    hands, store, owner, entry, before_end, in_time
):
    """A part signed in time does not help: what counts is when the finishing request arrives."""
    committed_in_time(hands, owner, entry)
    end, actor = closing(entry) + WINDOW, owner.as_actor()
    hands.at(end - timedelta(minutes=1))
    upload = service.plan_upload(actor, planned(entry))
    store.upload_part(upload.asset.storage_key, upload.store_upload_id, 1, BODY)

    hands.at(end - timedelta(seconds=before_end))
    if in_time:
        service.complete_upload(actor, upload.public_id)
    else:
        with pytest.raises(TooLate):
            service.complete_upload(actor, upload.public_id)

    assert state_of(entry) is (EntryState.SUBMITTED if in_time else EntryState.COMMITTED)


def test_a_missed_window_is_said_plainly_once_and_signed(hands, store, owner, entry):
    hands.at(closing(entry) - timedelta(seconds=60))
    assets = [commit(owner, entry), commit(owner, entry, OTHER)]
    hand_in(hands, owner, entry)
    opened = service.plan_upload(owner.as_actor(), planned(entry))
    hands.at(closing(entry) + WINDOW)
    queue.work_off()
    assert mails("entries.not_delivered") == []

    hands.forward(minutes=15)
    queue.work_off()

    found = [db.session().get_one(MediaAsset, asset.id, populate_existing=True) for asset in assets]
    assert {(a.state, a.reason, a.storage_key) for a in found} == {(AssetState.REJECTED, "media.not_delivered", None)}
    assert (state_of(entry), len(mails("entries.not_delivered"))) == (EntryState.COMMITTED, 1)
    assert opened.store_upload_id not in {name for _, name in store.open_uploads()}
    [receipt] = receipts_of(entry)
    second = json.loads(receipt.verification_payload)
    assert [(f["verified"], f["reason"]) for f in second["files"]] == [("rejected", "media.not_delivered")] * 2
    assert receipts.problems_of_receipt_file(revisions.receipt_file(receipt), signing.public_keys()) == []
    with pytest.raises(TooLate):
        service.complete_upload(owner.as_actor(), opened.public_id)


def test_the_window_moves_with_the_close(hands, store, owner, entry):
    committed_in_time(hands, owner, entry)
    end = closing(entry)
    with db.transaction():
        next(s for s in entry.contest.stages if s.kind is StageKind.ENTRIES).ends_at = end + timedelta(hours=10)
    hands.at(end + WINDOW + timedelta(hours=1))
    queue.work_off()

    deliver(store, owner, entry)

    assert state_of(entry) is EntryState.SUBMITTED


def test_what_was_promised_during_an_extension_outlives_it(hands, store, owner, entry):
    """Admitting the entry ends the extension, not the promise that the receipt signed."""
    staff = next(m.user for m in entry.contest.staff).as_actor()
    hand_in(hands, owner, entry)
    hands.at(closing(entry) + timedelta(days=5))
    until = hands.now + timedelta(days=1)
    asks = ScreeningOutcome.NEEDS_INFORMATION
    screening.screen_entry(staff, entry.contest, entry.public_id, asks, reason="A page", reopen_until=until)
    commit(owner, entry)
    receipt = hand_in(hands, owner, entry)
    screening.screen_entry(staff, entry.contest, entry.public_id, ScreeningOutcome.ADMITTED)

    assert json.loads(receipt.payload)["deliver_until"] == (until + WINDOW).isoformat(timespec="microseconds")
    hands.at(until + timedelta(hours=47))
    deliver(store, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_after_a_missed_window_an_extension_takes_the_file_itself(hands, store, owner, entry):
    staff = next(m.user for m in entry.contest.staff).as_actor()
    asset = committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + WINDOW + GRACE)
    queue.work_off()
    asks, until = ScreeningOutcome.NEEDS_INFORMATION, hands.now + timedelta(days=1)
    screening.screen_entry(staff, entry.contest, entry.public_id, asks, reason="The file", reopen_until=until)
    service.remove_asset(owner.as_actor(), asset.public_id)
    deliver(store, owner, entry)

    hand_in(hands, owner, entry)

    assert state_of(entry) is EntryState.SUBMITTED


def test_without_a_window_a_commitment_is_refused_in_words_before_the_close(hands, owner):
    entry = make_entry(make_contest(delivery_window_h=0), owner=owner, submitted=False)
    with pytest.raises(NotAllowed) as refused:
        commit(owner, entry)
    assert refused.value.message.startswith("This contest takes no commitments")
    assert queries.assets_of("entry", entry.id) == []


def test_a_commitment_is_not_handed_in_when_its_window_was_taken_away(hands, store, owner, entry):
    asset = commit(owner, entry)
    with db.transaction():
        entry.contest.delivery_window_h = 0

    with pytest.raises(Invalid) as refused:
        hand_in(hands, owner, entry)

    assert (list(refused.value.fields), state_of(entry)) == (["files.pages"], EntryState.DRAFT)
    assert deliver(store, owner, entry).id == asset.id
    hand_in(hands, owner, entry)
    assert state_of(entry) is EntryState.SUBMITTED


def test_a_commitment_that_was_never_handed_in_is_not_delivered_after_the_close(hands, store, owner, entry):
    commit(owner, entry)
    hands.at(closing(entry) + timedelta(seconds=1))
    with pytest.raises(NotAllowed):
        deliver(store, owner, entry)


def test_what_was_delivered_is_not_exchanged_after_the_close(hands, store, owner, entry):
    """AC40: the same bytes are not taken twice, others not at all."""
    committed_in_time(hands, owner, entry)
    hands.at(closing(entry) + timedelta(hours=5))
    asset = deliver(store, owner, entry)
    queue.work_off()
    for body in (BODY, OTHER):
        with pytest.raises(Invalid):
            deliver(store, owner, entry, body)
    with pytest.raises(NotAllowed):
        service.remove_asset(owner.as_actor(), asset.public_id)


def test_withdrawing_ends_the_delivery(hands, store, owner, entry):
    committed_in_time(hands, owner, entry)
    entries.withdraw_entry(owner.as_actor(), entry.public_id)
    hands.at(closing(entry) + WINDOW + GRACE)
    with suppress(DomainError):
        deliver(store, owner, entry)
    queue.work_off()
    assert (state_of(entry), mails("entries.not_delivered")) == (EntryState.WITHDRAWN, [])
    assert db.session().scalar(select(func.count(MediaAsset.id)).where(MediaAsset.received_at.is_not(None))) == 0
