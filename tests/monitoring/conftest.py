from tests.catalogue.conftest import as_account  # noqa: F401 (fixture)
