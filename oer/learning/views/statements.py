"""Statements of finished courses: asked for, fetched and taken back by their learners, verified by anybody."""

from flask import Response, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.catalogue.queries.collections import find_public_collection
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.links import Links
from oer.core.responsible import responsible
from oer.learning.forms import StatementForm, VerifyForm
from oer.learning.seals import CONTEXT, Statement, read_code
from oer.learning.services import statements as services
from oer.learning.services.statements import Verdict, Verified
from oer.learning.statement_pdf import write_statement
from oer.learning.views.blueprint import blueprint
from oer.web.context import db, language, only_reads, settings
from oer.web.file_responses import content_disposition
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext

_NOT_AGREED = N_("Without your consent no statement can be given: it shows your name.")
_NOTHING = N_("Enter the code of a statement, or the text of a badge.")
_STATUS = {Verdict.VALID: 200, Verdict.GONE: 410, Verdict.CHANGED: 422, Verdict.UNKNOWN: 404}
MINUTES = 5


@blueprint.route("/collections/<public_id>/statement", methods=["GET", "POST"])
@form_checks_token
def ask_for_statement(public_id: str) -> AnyResponse | tuple[str, int]:
    """Ask for a statement that one has finished a course."""
    account, course = require_account(), find_public_collection(db(), public_id)
    form = StatementForm(name=account.name)
    if form.validate_on_submit():
        try:
            if not form.agree.data:
                raise Invalid(_NOT_AGREED, field="agree")
            made = services.give_statement(db(), settings(), account, course, form.name.data or "")
        except (Invalid, Conflict) as error:
            form.show_errors(error)
        else:
            return redirect(url_for("learning.own_statement", code=made.code), 303)
    page = render_template(
        "learning/ask_statement.html",
        form=form,
        course=course,
        left=services.parts_left(db(), account.id, course),
        has_one=services.statement_for(db(), account.id, public_id),
        issuer=responsible(settings()).agency,
    )
    return page, form.page_status


@blueprint.get("/shelf/statements")
def own_statements() -> str:
    """List one's statements."""
    found = services.statements_of(db(), require_account().id)
    return render_template("learning/statements.html", found=found)


@blueprint.get("/shelf/statements/<code>")
def own_statement(code: str) -> str:
    """Show one of one's statements, with what can be fetched of it and how to take it back."""
    made = services.own_statement(db(), require_account().id, code)
    return render_template(
        "learning/own_statement.html", made=made, said=services.said_by(db(), made), address=_address(made.code)
    )


def _address(code: str) -> str:
    return Links(settings().base_url).page(f"/statements/{code}", language())


def _own(code: str) -> Statement:
    said = services.said_by(db(), services.own_statement(db(), require_account().id, code))
    if said is None:
        raise NotFound(services.NO_STATEMENT)
    return said


@blueprint.get("/shelf/statements/<code>/statement.pdf")
def statement_pdf(code: str) -> Response:
    """Send one of one's statements as a PDF in the language of the address."""
    said, shown = _own(code), settings()
    site = shown.site_name if language() == "vi" else shown.site_name_en
    response = Response(write_statement(said, _address(said.code), site, language()), content_type="application/pdf")
    name = f"{gettext('Statement')} {said.code}.pdf"
    response.headers["Content-Disposition"] = content_disposition("attachment", name)
    return response


@blueprint.get("/shelf/statements/<code>/badge.jwt")
def badge(code: str) -> Response:
    """Send one of one's statements as an Open Badge: a VC-JWT."""
    said = _own(code)
    response = Response(services.badge_for(db(), settings(), said, language()), content_type="application/vc+jwt")
    response.headers["Content-Disposition"] = content_disposition("attachment", f"badge-{said.code}.jwt")
    return response


@blueprint.post("/shelf/statements/<code>/take-back")
def take_back(code: str) -> AnyResponse:
    """Take a statement back: from now on verifying it says that it is no more."""
    services.take_back(db(), require_account(), code)
    flash(gettext("The statement has been taken back and deleted. Whoever verifies it is told so."), "good")
    return redirect(url_for("learning.own_statements"), 303)


# For everybody


@blueprint.route("/statements", methods=["GET", "POST"])
@only_reads
@form_checks_token
def verify() -> tuple[str, int]:
    """Verify a statement by its code, or a badge by its text."""
    form = VerifyForm()
    if not form.validate_on_submit():
        return render_template("learning/verify.html", form=form, found=None), form.page_status
    text = (form.text.data or "").strip()
    if not text:
        form.show_errors(Invalid(_NOTHING, field="text"))
        return render_template("learning/verify.html", form=form, found=None), form.page_status
    is_badge = text.count(".") == 2 and not read_code(text)
    check = services.verify_badge if is_badge else services.verify_code
    return _verdict_page(check(db(), settings(), text), form)


@blueprint.get("/statements/<code>")
def statement(code: str) -> tuple[str, int]:
    """Show to anybody what a statement says, if it is genuine; else what is wrong with it."""
    return _verdict_page(services.verify_code(db(), settings(), code), VerifyForm(formdata=None))


def _verdict_page(found: Verified, form: VerifyForm) -> tuple[str, int]:
    return render_template("learning/verify.html", form=form, found=found), _STATUS[found.verdict]


@blueprint.get("/statements/keys")
def statement_keys() -> Response:
    """Give all public keys that ever signed here, as a JWK set."""
    return _lasting({"keys": services.published_keys(db())}, "application/jwk-set+json")


@blueprint.get("/statements/keys/<kid>")
def statement_key(kid: str) -> Response:
    """Give one public key as a JWK: where the header of a badge points to."""
    found = next((each for each in services.published_keys(db()) if each["kid"] == kid), None)
    if found is None:
        raise NotFound(N_("There is no such key."))
    return _lasting(found, "application/jwk+json")


@blueprint.get("/statements/issuer")
def statement_issuer() -> Response:
    """Give the profile of who issues badges here, as Open Badges 3.0 has it."""
    addresses, links = services.addresses_of(settings()), Links(settings().base_url)
    profile = {"@context": list(CONTEXT), "id": addresses.issuer, "type": ["Profile"], "url": links.page("/")}
    name = responsible(settings()).agency.get(language()) or responsible(settings()).agency.get("vi")
    return _lasting(profile | ({"name": name} if name else {}), "application/ld+json")


@blueprint.get("/statements/taken-back")
def taken_back() -> Response:
    """Give the signed list of what is not valid any more, for programs that verify badges."""
    response = Response(services.list_of_taken_back(db(), settings()), content_type="application/vc+jwt")
    response.headers["Cache-Control"] = f"max-age={MINUTES * 60}"
    return response


def _lasting(content: object, content_type: str) -> Response:
    response = Response(current_app.json.dumps(content, ensure_ascii=False, sort_keys=False))
    response.headers["Content-Type"] = content_type
    response.headers["Access-Control-Allow-Origin"] = "*"  # programs that verify badges run on pages of other sites
    response.headers["Cache-Control"] = f"max-age={MINUTES * 60}"
    return response
