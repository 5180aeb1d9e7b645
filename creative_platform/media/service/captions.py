"""Captions of films: written by people, kept as WebVTT of our own writing, one text a language."""

from __future__ import annotations

from sqlalchemy import delete, select

from creative_platform.core import clock
from creative_platform.core.actor import Actor
from creative_platform.core.db import locked, session, transaction
from creative_platform.core.errors import Invalid, NotFound
from creative_platform.core.text import LOCALES, N_
from creative_platform.media import owners
from creative_platform.media.models import MediaAsset, MediaCaptions, MediaKind
from creative_platform.renditions.captions import REASONS, RefusedCaptions, web_vtt


def set_captions(actor: Actor, public_id: str, language: str, body: bytes) -> None:
    """Store a film's captions in a language, in place of those there were. Raises NotFound, NotAllowed, Invalid."""
    if language not in LOCALES:
        raise Invalid({"language": N_("Choose only from what is offered.")})
    with transaction() as s:
        asset = _film(actor, public_id)
        try:
            text = web_vtt(body)
        except RefusedCaptions as refused:
            raise Invalid({"captions": REASONS[refused.reason]}, None, **refused.data) from None
        _drop(asset, language)
        s.add(MediaCaptions(asset_id=asset.id, language=language, text=text, created_at=clock.now()))


def remove_captions(actor: Actor, public_id: str, language: str) -> None:
    """Take a film's captions in a language away. Raises NotFound, NotAllowed."""
    with transaction():
        _drop(_film(actor, public_id), language)


def _film(actor: Actor, public_id: str) -> MediaAsset:
    asset = session().scalar(select(MediaAsset).where(MediaAsset.public_id == public_id))
    if asset is None:
        raise NotFound()
    owners.owner(asset.owner_type).lock(asset.owner_id)
    owners.enforce(actor, "write", asset.owner_type, asset.owner_id)
    row = session().scalars(locked(select(MediaAsset).where(MediaAsset.id == asset.id))).one()
    if row.kind is not MediaKind.VIDEO or row.removed_at is not None:
        raise NotFound()
    return row


def _drop(asset: MediaAsset, language: str) -> None:
    of_language = (MediaCaptions.asset_id == asset.id, MediaCaptions.language == language)
    session().execute(delete(MediaCaptions).where(*of_language))
