"""The pages of accounts, roles and units."""

from oer.accounts.views import (
    administering,
    own_data,
    own_page,
    privacy,
    recovering,
    registering,
    role_requests,
    signing_in,
    units,
)
from oer.accounts.views.blueprints import admin, blueprint

__all__ = [
    "admin",
    "administering",
    "blueprint",
    "own_data",
    "own_page",
    "privacy",
    "recovering",
    "registering",
    "role_requests",
    "signing_in",
    "units",
]
