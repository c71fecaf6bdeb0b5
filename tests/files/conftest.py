"""A store and a short way to its content."""

import pytest


@pytest.fixture
def storage(engines):
    return engines.storage
