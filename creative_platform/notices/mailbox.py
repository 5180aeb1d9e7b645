"""What the notices room was told at its installation: who sends, and over what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mailbox:
    """How mails leave: ``url`` is smtp://, smtps:// or file://; ``zone`` is where their times are told."""

    url: str
    sender: str
    templates: Path
    translations: Path
    default_locale: str
    zone: str

    @property
    def is_folder(self) -> bool:
        """Whether mails are only written to a folder: development, where the admin may read them."""
        return self.url.startswith("file://")


_mailbox: Mailbox | None = None


def configure(mailbox: Mailbox) -> None:
    """Keep the settings; ``install`` calls this."""
    global _mailbox
    _mailbox = mailbox


def mailbox() -> Mailbox:
    """Return the settings."""
    if _mailbox is None:
        raise RuntimeError("notices were not installed")
    return _mailbox
