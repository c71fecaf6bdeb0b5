from tests.accounts.conftest import audited, mails  # noqa: F401 (fixtures)
