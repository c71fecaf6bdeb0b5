"""Mails: kept as rows until they are sent, rendered from templates/mail, sent by SMTP or written to the log."""

import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import cache, partial
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Mapped, mapped_column

from oer.config import Settings, templates_folder
from oer.core.clock import now
from oer.core.db import Base
from oer.core.i18n import N_, in_language, translator
from oer.core.links import Links

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 20
NO_MAILS = "none:"


class OutgoingMail(Base):
    """A mail to be sent. The row is deleted once the mail server has accepted the mail."""

    __tablename__ = "outgoing_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    recipient: Mapped[str]
    template: Mapped[str]
    language: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=now)


@dataclass(frozen=True)
class RenderedMail:
    """Subject and body of a mail, in one language; `html` says the same as the body, in the look of the site."""

    subject: str
    body: str
    html: str = ""
    unsubscribe: str = ""
    """The address at which one press, or a mail program by itself, ends mails of this kind (RFC 8058)."""


@cache
def _environment() -> Environment:
    # In plain text nothing is to be escaped.
    loader = FileSystemLoader(templates_folder() / "mail")
    return Environment(loader=loader, undefined=StrictUndefined, autoescape=select_autoescape(["html"], default=False))


def render_mail(settings: Settings, template: str, language: str, values: dict[str, Any]) -> RenderedMail:
    """Render templates/mail/<template>.txt in a language, as text and as HTML; its first line is the subject.

    With `unsubscribe_path` among the values the mail says to mail programs how it is ended.
    A template has `values`, `_` to translate, `site` (its name) and `link(path)`, the address of a page.
    """
    site = in_language({"vi": settings.site_name, "en": settings.site_name_en}, language)
    link = partial(Links(settings.base_url).page, language=language)
    text = (
        _environment()
        .get_template(f"{template}.txt")
        .render(_=translator(language), site=site, link=link, base_url=settings.base_url, language=language, **values)
    )
    first, _, rest = text.strip().partition("\n")
    subject, body, ours = " ".join(first.split()), rest.strip() + "\n", settings.base_url.rstrip("/") + "/"
    html = (
        _environment()
        .get_template("layout.html")
        .render(
            subject=subject,
            blocks=_blocks_of(body, ours),
            site=site,
            ours=ours,
            language=language,
            open=translator(language)(_OPEN),
        )
    )
    ends_at = values.get("unsubscribe_path")
    return RenderedMail(subject, body, html, link(ends_at) if ends_at else "")


_OPEN = N_("Open this page")


def _blocks_of(body: str, ours: str) -> list[tuple[str, list[str]]]:
    """Return the paragraphs of a text as lines; one that is nothing but an address of ours is a `link`."""
    paragraphs = [
        [line.strip() for line in each.splitlines()] for each in re.split(r"\n[ \t]*\n", body) if each.strip()
    ]
    return [
        ("link" if len(lines) == 1 and lines[0].startswith(ours) and " " not in lines[0] else "text", lines)
        for lines in paragraphs
    ]


def send_mail(settings: Settings, recipient: str, mail: RenderedMail) -> None:
    """Hand a mail to the SMTP server of the settings; without one, write it to the log, but not that of a public site.

    Raises OSError or smtplib.SMTPException when the server does not take it.
    """
    if settings.smtp_url == NO_MAILS:
        return
    if not settings.smtp_url and settings.is_public:
        raise ConnectionError("OER_SMTP_URL is not set")
    if not settings.smtp_url:
        log.warning(
            "no mail server is set, so this mail goes nowhere:\nTo: %s\n%s\n\n%s", recipient, mail.subject, mail.body
        )
        return
    message = EmailMessage()
    message["From"] = settings.mail_sender or f"no-reply@{urlsplit(settings.base_url).hostname}"
    message["To"] = recipient
    message["Subject"] = mail.subject
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    _deliver(settings.smtp_url, message)


def _deliver(smtp_url: str, message: EmailMessage) -> None:
    with _session(smtp_url) as server:
        server.send_message(message)


def probe_mail_server(smtp_url: str) -> None:
    """Sign in at a mail server and leave again. Raises OSError or smtplib.SMTPException."""
    with _session(smtp_url) as server:
        server.noop()


@contextmanager
def _session(smtp_url: str) -> Iterator[smtplib.SMTP]:
    url = urlsplit(smtp_url)
    host = url.hostname or "localhost"
    trusted = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_SECONDS, context=trusted)
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT_SECONDS)
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls(context=trusted)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
