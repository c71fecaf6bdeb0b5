"""What can be asked about accounts, roles, units, sign-ins and consents."""

from oer.accounts.queries.accounts import (
    account_with_email,
    accounts_with_role,
    find_account,
    list_accounts,
    list_role_requests,
    role_requests_of,
)
from oer.accounts.queries.privacy import consents_of, declarations_of, has_consent, usage_key, usage_keys, usage_people
from oer.accounts.queries.sign_ins import account_of_sign_in, find_sign_in, sign_ins_of, usable_token
from oer.accounts.queries.units import all_units, find_unit, find_unit_by_code, list_units

__all__ = [
    "account_of_sign_in",
    "account_with_email",
    "accounts_with_role",
    "all_units",
    "consents_of",
    "declarations_of",
    "find_account",
    "find_sign_in",
    "find_unit",
    "find_unit_by_code",
    "has_consent",
    "list_accounts",
    "list_role_requests",
    "list_units",
    "role_requests_of",
    "sign_ins_of",
    "usable_token",
    "usage_key",
    "usage_keys",
    "usage_people",
]
