"""What can be done with accounts, roles and units. Each service flushes; whoever called it commits."""

from oer.accounts.services import personal_data
from oer.accounts.services.administration import (
    create_account,
    decide_role_request,
    disable_account,
    enable_account,
    grant_role,
    request_educator_role,
    revoke_role,
    system_account,
)
from oer.accounts.services.consents import (
    give_consent,
    on_consent_withdrawn,
    set_consents,
    update_declarations,
    withdraw_consent,
)
from oer.accounts.services.passwords import check_password, hash_is_outdated, hash_password, verify_password
from oer.accounts.services.personal_data import erase_account, export_personal_data
from oer.accounts.services.profile import (
    change_language,
    change_name,
    confirm_new_email,
    read_email,
    read_name,
    read_text,
    request_new_email,
)
from oer.accounts.services.registration import (
    change_password,
    confirm_email,
    register_account,
    request_reset,
    reset_password,
    update_password_hash,
)
from oer.accounts.services.sign_ins import end_sign_in, end_sign_ins, revoke_sign_in, start_sign_in
from oer.accounts.services.throttling import (
    count_anonymous_form,
    count_mail_request,
    count_password_prompt,
    count_sign_in_attempt,
    count_wrong_password,
    uncount_sign_in_attempt,
)
from oer.accounts.services.units import change_unit, create_unit, load_wards

__all__ = [
    "change_language",
    "change_name",
    "change_password",
    "change_unit",
    "check_password",
    "confirm_email",
    "confirm_new_email",
    "count_anonymous_form",
    "count_mail_request",
    "count_password_prompt",
    "count_sign_in_attempt",
    "count_wrong_password",
    "create_account",
    "create_unit",
    "decide_role_request",
    "disable_account",
    "enable_account",
    "end_sign_in",
    "end_sign_ins",
    "erase_account",
    "export_personal_data",
    "give_consent",
    "grant_role",
    "hash_is_outdated",
    "hash_password",
    "load_wards",
    "on_consent_withdrawn",
    "personal_data",
    "read_email",
    "read_name",
    "read_text",
    "register_account",
    "request_educator_role",
    "request_new_email",
    "request_reset",
    "reset_password",
    "revoke_role",
    "revoke_sign_in",
    "set_consents",
    "start_sign_in",
    "system_account",
    "uncount_sign_in_attempt",
    "update_declarations",
    "update_password_hash",
    "verify_password",
    "withdraw_consent",
]
