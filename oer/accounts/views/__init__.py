"""The pages of accounts, roles and units."""

from oer.accounts.views import administration, own_account, sign_in
from oer.accounts.views.blueprint import admin, blueprint

__all__ = ["admin", "administration", "blueprint", "own_account", "sign_in"]
