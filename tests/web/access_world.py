"""Somebody of each kind, and an object of each kind in every state that the rules of access tell apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from oer.accounts.models import Account, AccountState, ApiToken, Role, RoleRequest, SignIn
from oer.accounts.second_factor_models import Passkey
from oer.accounts.services.api_tokens import make_token
from oer.accounts.services.sign_ins import start_sign_in
from oer.catalogue.home_models import CollectionPicture, GroupCourse, WeekChoice
from oer.catalogue.jobs import index_due
from oer.catalogue.models import Collection, Material
from oer.catalogue.review_models import ReviewComment
from oer.catalogue.services.collections import (
    add_material,
    add_note,
    add_part,
    create_collection,
    publish_collection,
)
from oer.catalogue.services.drafts import new_version, set_metadata
from oer.catalogue.services.earlier_versions import close_version
from oer.catalogue.services.review import publish, return_with_reason, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from oer.indicators.computation.models import LearningEvent
from oer.indicators.reports.models import ReportBuild
from oer.learning.models import ReadingNote, SavedSearch, WeeklyDigest
from oer.learning.self_checks import EXAMPLE
from oer.statistics.models import CounterKey
from oer.statistics.services.wanted import ask_for
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_material, make_reviewer, record
from tests.indicators.factories import ward
from tests.reading.factories import add_real_files, sample
from tests.web.access_rules import RULES, STATES, VERSIONS
from tests.web.rows import FILES, Rows, make_rows
from tests.web.test_statements import values_of

# Stand in the titles of what not everybody may know of, and nowhere else.
SECRETS = {"draft": "bimatnhap", "submitted": "bimatcho", "collection": "bimatkhoa"}


@dataclass
class World:
    """Sign-ins by the names in the rules, the values of an address for an endpoint and a state, what forms need.

    Forms go by endpoint, or by endpoint and state where each state has an object of its own.
    """

    tokens: dict[str, str]
    values: Callable[[Rule, str], dict[str, Any]]
    forms: dict[str, dict[str, Any]]


def make_world(installation: Installation, session: Session) -> World:
    """Make everything, and commit and index it."""
    rows = make_rows(installation, session, 1)
    accounts = _accounts(session, rows)
    owner = accounts["owner"]
    assert owner is not None
    materials = _materials(session, installation, owner)
    addresses = _Addresses(session, rows, owner, materials)
    comments = _comments(session, materials)
    session.commit()
    index_due(installation)
    tokens = {name: start_sign_in(session, each, user_agent="", days=1) for name, each in accounts.items() if each}
    closed = accounts["disabled"]
    assert closed is not None
    closed.state = AccountState.DISABLED  # its sign-in is still there: what ends it is not all that keeps it out
    session.commit()
    published = {"material": rows.published.public_id, "action": "note"}
    forms: dict[str, dict[str, Any]] = {
        f"learning.{name}": published for name in ("add_to_list", "change_list", "finish", "go_back")
    }
    forms |= {f"catalogue.handle_comment {state}": {"comment": number} for state, number in comments.items()}
    forms["learning.set_weekly_goal"] = {"days": "3"}
    forms |= {f"learning.{name}": {"question": rows.practised} for name in ("answer_practice", "judge_practice")}
    forms["learning.follow"] = {"kind": "unit", "target": rows.unit.code}
    return World(tokens, addresses.values, {"indicators.ask": {"round_id": rows.open_round.id}, **forms})


def _comments(session: Session, materials: dict[str, Material]) -> dict[str, int]:
    """Give the id of a reviewer's comment on the draft of each state that has one."""
    open_versions = {state: material.open_version for state, material in materials.items()}
    drafts = {state: version for state, version in open_versions.items() if version and version.is_draft}
    comments = {state: ReviewComment(version_id=draft.id, field="title", words="?") for state, draft in drafts.items()}
    session.add_all(comments.values())
    session.flush()
    return {state: comment.id for state, comment in comments.items()}


def _accounts(session: Session, rows: Rows) -> dict[str, Account | None]:
    other, place = rows.checker, ward(session)
    return {
        "anonymous": None,
        "disabled": make_account(session, Role.ADMIN),
        "learner": make_account(session),
        "owner": rows.people["educator"],
        "colleague": make_account(session, Role.EDUCATOR, unit=rows.unit),
        "other_educator": make_account(session, Role.EDUCATOR, unit=other),
        "reviewer": make_account(session, Role.REVIEWER, unit=rows.unit),
        "other_reviewer": make_account(session, Role.REVIEWER, unit=other),
        "reporter": make_account(session, Role.REPORTER, unit=place),
        "other_reporter": make_account(session, Role.REPORTER, unit=other),
        "leader": make_account(session, Role.LEADER),
        "admin": make_account(session, Role.ADMIN),
    }


def _materials(session: Session, installation: Installation, owner: Account) -> dict[str, Material]:
    """Give a material of the owner's with real files for each state, and for each state of one of its versions."""
    reviewer = make_reviewer(session)
    made = {state: _material(session, installation, owner, state) for state in (*STATES, *VERSIONS)}
    for state, material in made.items():
        if state == "draft":
            continue
        submit_for_review(session, owner, material)
        if state == "returned":
            return_with_reason(session, reviewer, material, "Thiếu nguồn")
        elif state != "submitted":
            publish(session, reviewer, material)
            _go_on(session, owner, reviewer, material, state)
    session.commit()
    return made


def _material(session: Session, installation: Installation, owner: Account, state: str) -> Material:
    secret = {"draft": SECRETS["draft"], "returned": SECRETS["draft"], "submitted": SECRETS["submitted"]}.get(state, "")
    title = f"Sổ tay {state} {secret}".strip()
    material = make_material(session, owner, content=None, title={"vi": title}, creators=[{"name": title}])
    material.draft.self_check = EXAMPLE["vi"]
    captions = (*sample("chao-ban-diec.vi.vtt"), "captions")
    return add_real_files(session, installation, material, *map(sample, FILES), captions)


def _go_on(session: Session, owner: Account, reviewer: Account, material: Material, state: str) -> None:
    if state in {"withdrawn", "published_of_withdrawn"}:
        withdraw(session, reviewer, material, "wrong", "Sai số liệu")
    elif state != "published":
        new_version(session, owner, material)
        waits = state in {"new_submitted", "submitted_of_published"}
        replaces = state in {"superseded", "closed"}
        title = "Bản mới" if replaces else f"Bản mới {SECRETS['submitted' if waits else 'draft']}"
        unit = {"unit": owner.grants[0].unit.code} if owner.grants[0].unit else {}
        set_metadata(session, owner, material, record(title={"vi": title}, **unit))
        if replaces or waits:
            submit_for_review(session, owner, material)
        if replaces:
            publish(session, reviewer, material)
        if state == "closed":
            close_version(session, owner, material, 1)


class _Addresses:
    """What stands in an endpoint's address."""

    def __init__(self, session: Session, rows: Rows, owner: Account, materials: dict[str, Material]) -> None:
        self.rows, self.ids = rows, {state: material.public_id for state, material in materials.items()}
        public = self._collection(session, rows, owner, materials["published"])
        hidden = self._collection(session, rows, owner, materials["published"], SECRETS["collection"])
        publish_collection(session, owner, public)
        blob = rows.evidence.blob_sha256
        session.add_all(CollectionPicture(collection_id=each.id, blob_sha256=blob) for each in (public, hidden))
        session.flush()
        self.collections = {"public": public.public_id, "hidden": hidden.public_id}
        self.parts = {"public": public.parts[0].id, "hidden": hidden.parts[0].id}
        notes = {"public": public, "hidden": hidden}
        self.notes = {state: add_note(session, each, {"vi": "Nghỉ"}, {}).id for state, each in notes.items()}
        self.builds = {
            "of_city": rows.build.id,
            "of_unit": session.scalars(sa.select(ReportBuild.id).where(ReportBuild.unit_id.is_not(None))).first(),
        }
        self.rounds = {"public": rows.published_round.id, "hidden": rows.open_round.id}
        self.fixed = self._numbers(session, rows, owner)

    @staticmethod
    def _collection(session: Session, rows: Rows, owner: Account, material: Material, title: str = "Mở") -> Collection:
        collection = create_collection(session, owner, rows.unit, {"vi": f"Khóa học {title}"})
        add_part(session, collection, {"vi": "Phần đầu"})
        add_material(session, collection, material)
        return collection

    @staticmethod
    def _numbers(session: Session, rows: Rows, owner: Account) -> dict[str, dict[str, Any]]:
        admin = rows.people["admin"]
        wish = ask_for(session, admin, "làm bánh không lò")
        session.flush()
        open_report = {"round_id": rows.open_round.id, "unit_code": "26506"}
        account = {"account_id": owner.id}
        line = values_of(_named("indicators.line"), rows)
        return {
            "accounts.confirm_now": {"token": values_of(_named("accounts.confirm"), rows)["token"]},
            "accounts.new_email_now": {"token": values_of(_named("accounts.new_email"), rows)["token"]},
            "accounts.revoke_token_now": {"token_id": a_token(session, owner)},
            "accounts.end_one_sign_in": {
                "sign_in_id": session.scalars(sa.select(SignIn.id).where(SignIn.account_id == owner.id)).first()
            },
            "accounts_admin.decide": {"request_id": session.scalars(sa.select(RoleRequest.id)).first()},
            "accounts_admin.disable": account,
            "accounts_admin.enable": account,
            "accounts_admin.reset_second_step": account,
            "accounts.remove_passkey": {
                "passkey_id": session.scalars(sa.select(Passkey.id).where(Passkey.account_id == owner.id)).first()
            },
            "accounts_admin.revoke": {**account, "grant_id": owner.grants[0].id},
            "indicators.add_target": line,
            "indicators.approve_report": open_report,
            "indicators.correct_period": {"period": rows.period},
            "indicators.drop_event": {"code": session.scalars(sa.select(LearningEvent.code)).first()},
            "indicators.drop_target": {
                **values_of(_named("indicators.line"), rows),
                "target_id": rows.line.targets[0].id,
            },
            "indicators.end": line,
            "indicators.erratum": {**open_report, "indicator_id": rows.line.id},
            "indicators.own_builds": open_report,
            "indicators.remove_file": {**open_report, "evidence_id": rows.evidence.id},
            "indicators.return_to_unit": open_report,
            "indicators.save_line": {**open_report, "indicator_id": rows.line.id},
            "indicators.submit_report": open_report,
            "catalogue.discard_upload_now": {"upload_id": rows.upload.id},
            **{f"catalogue_uploads.{name}": {"upload_id": rows.upload.id} for name in ("add_part", "discard", "state")},
            "catalogue.change_group_course": {
                "audience": "workers",
                "course_id": session.scalars(sa.select(GroupCourse.collection_id)).first(),
                "action": "up",
            },
            "catalogue.forget_week": {"choice_id": session.scalars(sa.select(WeekChoice.id)).first()},
            "learning.forget_search": {
                "number": session.scalars(sa.select(SavedSearch.id).where(SavedSearch.account_id == owner.id)).first()
            },
            **{
                f"learning.{name}": {"number": rows.own_list}
                for name in ("add_to_list", "change_list", "delete_list", "share_list")
            },
            "reading.change_note": {
                "number": session.scalars(sa.select(ReadingNote.id).where(ReadingNote.account_id == owner.id)).first()
            },
            "learning.unsubscribe_now": {"token": session.scalars(sa.select(WeeklyDigest.token)).first()},
            "statistics.change_wish": {"number": wish.id},
            "statistics.drop": {"number": wish.id},
            "statistics.revoke_counter_key": {"number": session.scalars(sa.select(CounterKey.id)).first()},
        }

    def values(self, rule: Rule, state: str) -> dict[str, Any]:
        """Return values for each place of an endpoint's address; also what it needs behind its question mark."""
        found = {**values_of(rule, self.rows), **self.fixed.get(rule.endpoint, {})}
        by_state = RULES[rule.endpoint].states
        if by_state[0] in (*STATES, *VERSIONS):
            found["public_id"] = self.ids[state]
            if state in VERSIONS:
                found["version"] = 1 if state in {"superseded", "closed", "published_of_withdrawn"} else 2
        elif "round_id" in rule.arguments and state:
            found["round_id"] = self.rounds[state]
        elif "build_id" in rule.arguments:
            found["build_id"] = self.builds[state]
        elif state:
            found.update(
                public_id=self.collections[state], part_id=self.parts[state], material_id=self.ids["published"]
            )
            if "number" in rule.arguments:
                found["number"] = self.notes[state]
        actions = {
            "catalogue_api.act": "recall",
            "catalogue_api.decide": "publish",
            "statistics.change_wish": "take",
            "search.change_names": "remove",
        }
        choices = {"action": actions.get(rule.endpoint, "hide"), "number": 1}
        return {name: value for name, value in choices.items() if name in rule.arguments} | found


def a_token(session: Session, account: Account) -> int:
    make_token(session, account, "a", ["drafts"])
    return session.scalars(sa.select(ApiToken.id).where(ApiToken.account_id == account.id)).one()


def _named(endpoint: str) -> Rule:
    return Rule("/", endpoint=endpoint)
