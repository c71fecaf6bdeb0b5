"""The tables of accounts, units, sign-ins and consents."""

from oer.accounts.models.people import Account, AccountState, Role, RoleGrant, RoleRequest, RoleRequestState
from oer.accounts.models.privacy import Consent, Declaration, Dimension, Purpose
from oer.accounts.models.sign_ins import OneTimeToken, SignIn, ThrottleCount, TokenPurpose
from oer.accounts.models.units import WARD, Unit

__all__ = [
    "WARD",
    "Account",
    "AccountState",
    "Consent",
    "Declaration",
    "Dimension",
    "OneTimeToken",
    "Purpose",
    "Role",
    "RoleGrant",
    "RoleRequest",
    "RoleRequestState",
    "SignIn",
    "ThrottleCount",
    "TokenPurpose",
    "Unit",
]
