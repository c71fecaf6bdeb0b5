from tests.accounts.conftest import people  # noqa: F401 (fixtures of other rooms)
from tests.catalogue.conftest import as_account  # noqa: F401
from tests.operations.conftest import service  # noqa: F401
