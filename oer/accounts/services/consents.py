"""Consents (one per purpose, with the wording that was agreed to) and the declarations that they allow."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import OPTIONAL_PURPOSES, Account, Consent, Declaration, Dimension, Purpose
from oer.accounts.queries import PURPOSE_OF, STATISTICS_PURPOSES, consents_of, declarations_of
from oer.core import audit
from oer.core.clock import now, today
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import new_token
from oer.vocabularies import Term, vocabularies


@dataclass(frozen=True)
class ConsentText:
    """What a person is asked to agree to: version, title and explanation, as message keys."""

    version: str
    title: str
    text: str


CONSENT_TEXTS = {
    Purpose.ACCOUNT: ConsentText(
        "2026-11",
        N_("My account"),
        N_(
            "We keep your name, your e-mail address and your password (scrambled) so that you can sign in, and write "
            "to you about this account alone. Reading and downloading never need an account."
        ),
    ),
    Purpose.HISTORY: ConsentText(
        "2026-12",
        N_("A history for myself"),
        N_(
            "Keep which materials I opened and how far I came, so that I can go on where I stopped; on which days I "
            "learned; and which questions I practised, so that they come back before I forget them; with what I "
            "highlight and note. Nobody else sees it. It is deleted when you withdraw."
        ),
    ),
    Purpose.STATISTICS: ConsentText(
        "2026-11",
        N_("Statistics by ward, age and gender"),
        N_(
            "Count my use in the city's figures under a pseudonym, by the ward, birth year and gender that I tell, as "
            "far as I tell them. Figures about fewer than 10 people are never shown."
        ),
    ),
    Purpose.GROUPS: ConsentText(
        "2026-11",
        N_("Statistics by group"),
        N_(
            "Count my use in the city's figures under a pseudonym, by the groups that I choose, so that the city "
            "learns whom its materials reach."
        ),
    ),
    Purpose.DISABILITY: ConsentText(
        "2026-11",
        N_("Statistics about disability"),
        N_(
            "Count my use in the city's figures under a pseudonym, by whether I have a disability. This is sensitive: "
            "it is never shown together with a ward or an age."
        ),
    ),
    Purpose.MESSAGES: ConsentText(
        "2026-11",
        N_("News by e-mail"),
        N_("Write to me now and then about new materials and courses. You can stop it here at any time."),
    ),
}


# Below 16 a representative would have to consent, so there are no accounts for them.
MIN_AGE = 16
MAX_AGE = 120
GENDERS = {"female": N_("Female"), "male": N_("Male"), "other": N_("Another gender")}
DISABILITY_ANSWERS = {"yes": N_("Yes"), "no": N_("No")}
BAD_CHOICE = N_("Choose from the list.")
BAD_YEAR = N_("Enter a year from %(first)s to %(last)s, or leave this empty.")


def selectable_groups() -> list[Term]:
    """Return the city's groups that people may say they belong to. Disability is a separate question."""
    offered = [term for term in vocabularies().audiences if term.facts.get("account_choice")]
    return [term for term in offered if not term.facts.get("sensitive") and term.code != "all"]


def checked_values(dimension: Dimension, values: list[str]) -> list[str]:
    """Return the values of a dimension without duplicates. Raises Invalid, naming the field, for an impossible one."""
    given = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if dimension is Dimension.BIRTH_YEAR:
        return [_checked_year(value) for value in given[:1]]
    if any(value not in _allowed(dimension) for value in given):
        raise Invalid(BAD_CHOICE, code="choice", field=dimension.value)
    return given if dimension is Dimension.GROUP else given[:1]


def _allowed(dimension: Dimension) -> set[str]:
    match dimension:
        case Dimension.WARD:
            return set(vocabularies().places.terms)
        case Dimension.GENDER:
            return set(GENDERS)
        case Dimension.GROUP:
            return {term.code for term in selectable_groups()}
        case _:
            return set(DISABILITY_ANSWERS)


def _checked_year(text: str) -> str:
    this_year = today().year
    first, last = this_year - MAX_AGE, this_year - MIN_AGE
    if not (text.isascii() and text.isdecimal() and len(text) == 4 and first <= int(text) <= last):
        raise Invalid(BAD_YEAR, code="birth_year", field="birth-year", first=first, last=last)
    return text


NOT_AGREED = N_("Give your consent above first, or leave this empty.")
WithdrawalHandler = Callable[[Session, int], None]
_withdrawal_handlers: dict[Purpose, list[WithdrawalHandler]] = {}


def collected_purposes() -> list[Purpose]:
    """Return the optional purposes that some feature uses; no consent is collected for any other."""
    return [purpose for purpose in OPTIONAL_PURPOSES if purpose in _withdrawal_handlers]


def on_consent_withdrawn(purpose: Purpose, forget: WithdrawalHandler) -> None:
    """Have `forget(session, account_id)` called when a consent is withdrawn: for features that store data under it."""
    _withdrawal_handlers.setdefault(purpose, []).append(forget)


def give_consent(session: Session, account: Account, purpose: Purpose, method: str) -> None:
    """Record a person's consent to today's wording; nothing happens if it is in force already."""
    version = CONSENT_TEXTS[purpose].version
    in_force = consents_of(session, account.id).get(purpose)
    if in_force is not None and in_force.text_version == version:
        return
    if in_force is not None:
        in_force.withdrawn_at = now()
    session.add(Consent(account_id=account.id, purpose=purpose, text_version=version, method=method))
    session.flush()


def withdraw_consent(session: Session, account: Account, purpose: Purpose) -> None:
    """End a consent and delete at once what depends on it: declarations, stored data, the link to past figures."""
    consent = consents_of(session, account.id).get(purpose)
    if consent is None:
        return
    consent.withdrawn_at = now()
    dependent = [dimension for dimension, needed in PURPOSE_OF.items() if needed is purpose]
    session.execute(
        sa.delete(Declaration).where(Declaration.account_id == account.id, Declaration.dimension.in_(dependent))
    )
    for forget in _withdrawal_handlers.get(purpose, []):
        forget(session, account.id)
    if purpose in STATISTICS_PURPOSES:  # last: the handlers find the person's data by it
        account.pseudonym_secret = new_token()
    audit.record(session, account.id, "consent.withdrawn", "account", account.id, purpose=purpose.value)
    session.flush()


def set_consents(session: Session, account: Account, wanted: Collection[Purpose], method: str) -> None:
    """Give the optional consents that are wanted and withdraw the others."""
    for purpose in OPTIONAL_PURPOSES:
        if purpose in wanted:
            give_consent(session, account, purpose, method)
        else:
            withdraw_consent(session, account, purpose)


def update_declarations(session: Session, account: Account, told: Mapping[Dimension, list[str]]) -> None:
    """Set a person's declarations. An absent or empty dimension is ended today; values of the past stay.

    Raises Invalid, naming the field, for a value that is not in the lists, or whose consent is missing.
    """
    checked = {dimension: checked_values(dimension, told.get(dimension, [])) for dimension in Dimension}
    agreed = consents_of(session, account.id)
    for dimension, values in checked.items():
        if values and PURPOSE_OF[dimension] not in agreed:
            raise Invalid(NOT_AGREED, code="not_agreed", field=dimension.value)
    before = declarations_of(session, account.id)
    for dimension, values in checked.items():
        _replace(session, account.id, dimension, before.get(dimension, []), values)
    session.flush()


def _replace(session: Session, account_id: int, dimension: Dimension, before: list[str], after: list[str]) -> None:
    moment = now()
    gone = [value for value in before if value not in after]
    session.execute(
        sa.update(Declaration)
        .where(
            Declaration.account_id == account_id,
            Declaration.dimension == dimension,
            Declaration.value.in_(gone),
            Declaration.valid_to.is_(None),
        )
        .values(valid_to=moment)
    )
    session.add_all(_new(account_id, dimension, (value for value in after if value not in before)))


def _new(account_id: int, dimension: Dimension, values: Iterator[str]) -> Iterator[Declaration]:
    for value in values:
        yield Declaration(account_id=account_id, dimension=dimension, value=value)
