"""Which tests say something new on PostgreSQL: those that touch the database. The others would only run twice."""

import inspect

import pytest

DATABASE_FIXTURES = frozenset({"migrated_database", "database_url", "empty_database_url"})
READS_THE_ADDRESS = ("POSTGRESQL", "OER_TEST_DATABASE_URL")
"""Who names one of these makes a database of its own on the server."""


def touches_the_database(item: pytest.Function) -> bool:
    """Whether a test is given a database by a fixture, directly or through others, or its file asks for the server."""
    return not DATABASE_FIXTURES.isdisjoint(item.fixturenames) or any(
        name in inspect.getsource(item.module) for name in READS_THE_ADDRESS
    )
