"""Every mail about accounts, in both languages."""

import pytest

from oer.core.mail import render_mail

UNIT = {"vi": "Trường THPT Lê Hồng Phong", "en": "Le Hong Phong High School"}
MAILS = {
    "account_erased": {},
    "already_registered": {},
    "confirm_email": {"path": "/confirm/abc-DEF_1"},
    "email_changed": {},
    "new_email": {"path": "/account/new-email/abc-DEF_1"},
    "no_account": {},
    "password_changed": {},
    "reset_password": {"path": "/reset/abc-DEF_1"},
    **{
        f"second_factor_changed {change}": {"change": change, "name": "iPhone", "left": 9}
        for change in (
            "app_added",
            "app_removed",
            "passkey_added",
            "passkey_removed",
            "codes_made",
            "code_used",
            "reset",
        )
    },
    "second_factor_guessed": {"count": 5},
    "role_request_decided": {"granted": True, "answer": "Chào cô!", "unit": UNIT, "path": "/account"},
}


@pytest.mark.parametrize("template", MAILS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_mail_has_a_subject_and_words_in_its_language(settings, template, language):
    mail = render_mail(settings, template.partition(" ")[0], language, MAILS[template])
    words = mail.body.replace("Chào cô!", "")
    assert 5 < len(mail.subject) < 80
    assert words.isascii() == mail.subject.isascii() == (language == "en")
    if "abc" in MAILS[template].get("path", ""):
        prefix = "" if language == "vi" else "/en"
        assert f"http://localhost{prefix}{MAILS[template]['path']}\n" in mail.body


def test_the_answer_to_a_request_names_the_unit_in_the_readers_language(settings):
    refused = {**MAILS["role_request_decided"], "granted": False}
    assert UNIT["en"] in render_mail(settings, "role_request_decided", "en", refused).body
    assert UNIT["vi"] in render_mail(settings, "role_request_decided", "vi", refused).body
    assert "Chào cô!" in render_mail(settings, "role_request_decided", "vi", refused).body
