"""The blueprint of the pages for educators and reviewers."""

from flask import Blueprint

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.web.identity import require_account

blueprint = Blueprint("catalogue", __name__)
# What buttons that move something along a list ask for.
STEPS = {"up": -1, "down": 1}


def signed_in_for(action: Action) -> Account:
    """Return the signed-in account. Raises SignInNeeded, or Forbidden if it may do such a thing nowhere."""
    account: Account = require_account()
    require(account, action)
    return account
