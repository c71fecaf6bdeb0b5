"""The blueprint of search's pages."""

from flask import Blueprint

blueprint = Blueprint("search", __name__)
