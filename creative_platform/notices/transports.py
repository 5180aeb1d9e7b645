"""How a mail leaves: over SMTP, or into a folder for development.

``prepare`` goes as far as can be gone without any mail being accepted; ``deliver`` hands the text over. Between the two
the sender notes that it is about to deliver, so that only a crash inside ``deliver`` leaves a doubt.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 30


class MailPolicy(EmailPolicy):
    """SMTP's rules, but a long subject keeps its spaces: EmailPolicy drops those at which it breaks encoded words."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header as it is sent."""
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        words = str(value)
        charset = "us-ascii" if words.isascii() else "utf-8"
        folded = Header(words, charset, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


POLICY = MailPolicy(linesep="\r\n")


class NotSent(Exception):
    """The mail was certainly not accepted; ``for_good`` when trying again cannot help."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class PerhapsSent(Exception):
    """The connection broke while the text was handed over: nobody can know."""


class Transport(Protocol):
    """One way out, used for one mail."""

    repeatable: bool

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...
    def prepare(self, message: EmailMessage) -> None:
        """Go as far as possible without the mail being accepted. Raises NotSent."""

    def deliver(self, message: EmailMessage) -> None:
        """Hand the text over. Raises NotSent, PerhapsSent."""


class Folder:
    """A folder with one .eml file a mail; delivering twice writes the same file again."""

    repeatable = True

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def prepare(self, message: EmailMessage) -> None:
        """Make the folder."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotSent(str(error)) from error

    def deliver(self, message: EmailMessage) -> None:
        """Write the file under the name of its Message-ID, whole or not at all."""
        name = message["Message-ID"].strip("<>").partition("@")[0]
        try:
            partial = self.path / f".{name}.part"
            partial.write_bytes(message.as_bytes(policy=POLICY))
            partial.replace(self.path / f"{name}.eml")
        except OSError as error:
            raise NotSent(str(error)) from error


class Smtp:
    """An SMTP server: smtp:// with STARTTLS when offered (always before a password), smtps:// from the start."""

    repeatable = False

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.connection.quit()
            self.connection.close()

    def prepare(self, message: EmailMessage) -> None:
        """Connect, sign in, name sender and recipient."""
        try:
            connection = self._connect()
            self._name(*connection.mail(_address(message["From"])))
            self._name(*connection.rcpt(_address(message["To"])))
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{error.smtp_code} {_said(error.smtp_error)}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error

    def deliver(self, message: EmailMessage) -> None:
        """Send the text; only a reply makes the outcome certain."""
        assert self.connection is not None
        try:
            code, reply = self.connection.data(message.as_bytes(policy=POLICY))
        except smtplib.SMTPDataError as error:
            raise NotSent(f"{error.smtp_code} {_said(error.smtp_error)}", for_good=error.smtp_code >= 500) from error
        except (smtplib.SMTPException, OSError) as error:
            raise PerhapsSent(f"{type(error).__name__}: {error}") from error
        self._name(code, reply)

    def _connect(self) -> smtplib.SMTP:
        host, port, context = self.parts.hostname or "localhost", self.parts.port, ssl.create_default_context()
        if self.parts.scheme == "smtps":
            made: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
        else:
            made = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_S)
        self.connection = made
        made.ehlo()
        if self.parts.scheme != "smtps" and made.has_extn("starttls"):
            made.starttls(context=context)
            made.ehlo()
        elif self.parts.scheme != "smtps" and self.parts.username:
            raise NotSent("the server offers no STARTTLS and the password would go in clear")
        if self.parts.username:
            made.login(unquote(self.parts.username), unquote(self.parts.password or ""))
        return made

    @staticmethod
    def _name(code: int, reply: bytes) -> None:
        if not 200 <= code < 300:
            raise NotSent(f"{code} {_said(reply)}", for_good=code >= 500)


def _address(header: object) -> str:
    return str(header.addresses[0].addr_spec)  # type: ignore[attr-defined]  # headers of email.policy are parsed


def _said(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


def transport(url: str) -> Transport:
    """Return the way out that MAIL_URL names."""
    if url.startswith("file://"):
        return Folder(Path(unquote(urlsplit(url).path)))
    return Smtp(url)
