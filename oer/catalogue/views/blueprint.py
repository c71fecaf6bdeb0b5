"""The blueprint of the pages for educators and reviewers."""

from flask import Blueprint

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.web.identity import require_account

blueprint = Blueprint("catalogue", __name__)
# Values of the buttons that move an entry of a list, and by how many places.
STEPS = {"up": -1, "down": 1}


def signed_in_for(action: Action) -> Account:
    """Return the signed-in account. Raises SignInNeeded, or Forbidden if it may not do this in any unit."""
    account: Account = require_account()
    require(account, action)
    return account
