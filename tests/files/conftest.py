"""A store and a short way to its content."""

import pytest


@pytest.fixture
def storage(installation):
    return installation.storage
