import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from oer.config import Settings
from oer.core.clock import now
from oer.core.installation import Installation, open_backends
from oer.core.mail import OutgoingMail, RenderedMail, render_mail, send_mail
from oer.jobs.mail import MOST_TRIES, send_due, send_later

TO = "ban-doc@example.org"


class Postbox:
    """A mail server that keeps what it gets, or refuses everything."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, str]]:
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def mailing(settings: Settings, postbox: tuple[Postbox, str]) -> Iterator[Installation]:
    opened = open_backends(replace(settings, smtp_url=postbox[1], mail_sender="kho@example.org"))
    yield opened
    opened.database.engine.dispose()


def test_a_mail_keeps_its_marks(settings: Settings, postbox: tuple[Postbox, str]) -> None:
    send_mail(
        replace(settings, smtp_url=postbox[1]),
        TO,
        RenderedMail("Học liệu của bạn đã được duyệt", "Xin chào, Thủy lợi!\n"),
    )
    (mail,) = postbox[0].mails
    assert (mail["Subject"], mail["From"], mail["To"]) == ("Học liệu của bạn đã được duyệt", "no-reply@localhost", TO)
    assert mail.get_content().strip() == "Xin chào, Thủy lợi!"


def test_a_mail_of_which_one_wants_no_more_says_to_mail_programs_how_it_is_ended(
    settings: Settings, postbox: tuple[Postbox, str]
) -> None:
    of = replace(settings, smtp_url=postbox[1], base_url="https://kho.example.org")
    values = {"name": "Lan", "parts": [], "unsubscribe_path": "/unsubscribe/abc"}
    send_mail(of, TO, render_mail(of, "weekly_digest", "en", values))
    send_mail(of, TO, render_mail(of, "test", "vi", {"name": "An"}))
    ended, usual = postbox[0].mails
    assert ended["List-Unsubscribe"] == "<https://kho.example.org/en/unsubscribe/abc>"
    assert ended["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert usual["List-Unsubscribe"] is None


def test_a_mail_goes_out_once_its_deed_is_committed(mailing: Installation, postbox: tuple[Postbox, str]) -> None:
    with mailing.database.transaction() as session:
        send_later(session, to=TO, template="test", language="vi", values={"name": "<An>"})
    send_due(mailing)
    send_due(mailing)
    (mail,) = postbox[0].mails
    assert mail["Subject"] == "Kho học liệu mở Thành phố Hồ Chí Minh"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "<An>" in text
    assert "&lt;An&gt;" in html
    assert "<An>" not in html
    with mailing.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OutgoingMail)) == 0


def test_the_html_of_a_mail_says_what_its_text_says_and_leads_only_to_this_site(settings: Settings) -> None:
    values = {"name": "An", "title": "Sổ & sách", "path": "/my/materials/1", "reason": "Xem\n\nhttps://evil.example/"}
    mail = render_mail(settings, "material_returned", "vi", values)
    words = unescape(re.sub(r"<[^>]+>", " ", mail.html.partition("</h1>")[2]))
    assert [each for each in mail.body.split() if each not in words] == []
    assert re.findall(r'href="([^"]+)"', mail.html) == [f"{settings.base_url}/my/materials/1"]
    assert "src=" not in mail.html
    assert mail.subject in unescape(mail.html)


def test_a_mail_that_is_refused_is_tried_again_later_and_given_up_in_the_end(
    mailing: Installation, postbox: tuple[Postbox, str]
) -> None:
    postbox[0].refuses = True
    with mailing.database.transaction() as session:
        send_later(session, to=TO, template="test", language="en", values={"name": "An"})
    send_due(mailing)
    with mailing.database.reading() as session:
        mail = session.scalars(sa.select(OutgoingMail)).one()
        assert mail.tries == 1
        assert mail.next_try_at > now()
    with mailing.database.transaction() as session:
        session.execute(sa.update(OutgoingMail).values(tries=MOST_TRIES, next_try_at=now()))
    send_due(mailing)
    with mailing.database.reading() as session:
        assert session.scalars(sa.select(OutgoingMail)).all() == []


def test_without_a_mail_server_the_mail_is_in_the_log(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    send_mail(settings, TO, RenderedMail("Xác nhận", "http://localhost/confirm?token=abc\n"))
    assert "http://localhost/confirm?token=abc" in caplog.text


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """The context of a server with a certificate that nobody vouches for."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl here")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_mail_server_that_nobody_vouches_for_gets_neither_password_nor_mail(
    settings: Settings, self_signed: ssl.SSLContext, scheme: str
) -> None:
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    by_tls = {"ssl_context": self_signed} if scheme == "smtps" else {"tls_context": self_signed}
    controller = _Patient(box, hostname="127.0.0.1", port=port, **by_tls)
    controller.start()
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            send_mail(
                replace(settings, smtp_url=f"{scheme}://lan:mat-khau@localhost:{port}"),
                TO,
                RenderedMail("Tiêu đề", "Lời"),
            )
    finally:
        controller.stop()
    assert box.mails == []


class _Patient(Controller):
    """A server that does not ask itself for a greeting when it starts: its own client trusts nobody, too."""

    def _trigger_server(self) -> None:
        with suppress(ssl.SSLError):
            super()._trigger_server()
