"""The pages of accounts, roles and units."""

from oer.accounts.views import (
    administration,
    api_tokens,
    identity,
    kept_forms,
    own_account,
    own_data,
    second_factors,
    second_step,
    sign_in,
)
from oer.accounts.views.blueprint import admin, blueprint

__all__ = [
    "admin",
    "administration",
    "api_tokens",
    "blueprint",
    "identity",
    "kept_forms",
    "own_account",
    "own_data",
    "second_factors",
    "second_step",
    "sign_in",
]
