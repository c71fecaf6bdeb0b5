"""Accounts, units, roles and permissions, sign-ins, consents."""
