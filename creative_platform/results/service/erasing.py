"""What becomes of certificates when the person they are for is erased."""

from __future__ import annotations

from sqlalchemy import select

from creative_platform.accounts.models import User
from creative_platform.core.db import locked, transaction
from creative_platform.media.service import delete_later
from creative_platform.results.models import Certificate


def erase_certificates(person: User) -> int:
    """Have the papers that name a person deleted, in the running verb; returns how many. Their codes still hold."""
    with transaction() as s:
        certificates = s.scalars(locked(select(Certificate).where(Certificate.user_id == person.id))).all()
        delete_later(*filter(None, (certificate.storage_key for certificate in certificates)))
        for certificate in certificates:
            certificate.storage_key = None
        return len(certificates)


def forget_papers_later(certificate_ids: list[int]) -> None:
    """Have papers deleted whose rows the running verb deletes."""
    with transaction() as s:
        papers = select(Certificate.storage_key).where(Certificate.id.in_(certificate_ids))
        delete_later(*filter(None, s.scalars(papers)))
