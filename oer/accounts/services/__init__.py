"""What can be done with accounts, roles and units. Each service flushes; whoever called it commits."""

from oer.accounts.services import personal_data
from oer.accounts.services.addresses import read_email, read_name, read_text
from oer.accounts.services.administration import create_account, disable, enable, system_account
from oer.accounts.services.consents import agree, declare, set_consents, when_withdrawn, withdraw
from oer.accounts.services.passwords import check_password, hash_password, is_outdated, verify_password
from oer.accounts.services.personal_data import erase, export_data
from oer.accounts.services.profile import change_language, change_name, confirm_new_email, request_new_email
from oer.accounts.services.recovery import change_password, replace_hash, request_reset, reset_password
from oer.accounts.services.registration import confirm_email, register
from oer.accounts.services.roles import decide_role_request, grant_role, request_educator_role, revoke_role
from oer.accounts.services.sign_ins import end_sign_in, end_sign_ins, revoke_sign_in, start_sign_in
from oer.accounts.services.throttling import (
    forgive_sign_in,
    note_mail_asked,
    note_open_form,
    note_password_asked,
    note_sign_in,
    note_wrong_password,
)
from oer.accounts.services.units import change_unit, create_unit, load_wards

__all__ = [
    "agree",
    "change_language",
    "change_name",
    "change_password",
    "change_unit",
    "check_password",
    "confirm_email",
    "confirm_new_email",
    "create_account",
    "create_unit",
    "decide_role_request",
    "declare",
    "disable",
    "enable",
    "end_sign_in",
    "end_sign_ins",
    "erase",
    "export_data",
    "forgive_sign_in",
    "grant_role",
    "hash_password",
    "is_outdated",
    "load_wards",
    "note_mail_asked",
    "note_open_form",
    "note_password_asked",
    "note_sign_in",
    "note_wrong_password",
    "personal_data",
    "read_email",
    "read_name",
    "read_text",
    "register",
    "replace_hash",
    "request_educator_role",
    "request_new_email",
    "request_reset",
    "reset_password",
    "revoke_role",
    "revoke_sign_in",
    "set_consents",
    "start_sign_in",
    "system_account",
    "verify_password",
    "when_withdrawn",
    "withdraw",
]
