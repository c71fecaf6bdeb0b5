"""The blueprint of what readers give back and keep."""

from flask import Blueprint

blueprint = Blueprint("learning", __name__)
