"""The blueprint of the public pages, what its templates share, and the row that its kept pages depend on."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState

from oer.pages.workplaces import workplaces
from oer.vocabularies import vocabularies

blueprint = Blueprint("pages", __name__)

# Publishing, withdrawing and changes of collections and units each raise one of the two.
CATALOGUE = "SELECT page_revision, (SELECT sum(revision) FROM unit) FROM catalogue_state"


def asked_page() -> int:
    """Return the number of the page of a list that the address asks for; what is no number asks for the first."""
    return request.args.get("page", 1, type=int)


TONES = 7


def tone(record: Mapping[str, Any]) -> int:
    """Return which of the look's tones stands for a material's main subject, where it has no cover."""
    subjects = vocabularies().subjects
    main = subjects.get(next(iter(record.get("subjects", ())), ""))
    tops = list(subjects.tops())
    top = main and (subjects.get(main.parent) if main.parent else main)
    return tops.index(top) % TONES if top else 0


@blueprint.record_once
def _give_to_templates(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(workplaces=workplaces, vocabularies=vocabularies(), tone=tone)
