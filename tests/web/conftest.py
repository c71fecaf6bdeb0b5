import pytest
from flask import Flask


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """Tests of the glue add pages of their own."""
    return fresh_app
