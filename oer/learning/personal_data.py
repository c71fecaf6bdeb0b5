"""Export and erasure of a person's reports, voices, searches, shelf, lists, history, diary and statements."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material, Version
from oer.core import personal_data
from oer.core.i18n import N_
from oer.learning.models import (
    CompletionStatement,
    DiaryEntry,
    FinishedMaterial,
    Following,
    OwnList,
    OwnListItem,
    PractisedQuestion,
    ProblemReport,
    ReadingNote,
    ReadingPosition,
    SavedSearch,
    ShelfItem,
    StartedCourse,
    WeeklyDigest,
    WeeklyGoal,
)
from oer.learning.queries.practice import questions_by_digest
from oer.learning.services.shelf import forget_history
from oer.learning.voice_models import Rating, Voice, VoiceEdit, VoiceKind


def _export(session: Session, account_id: int) -> list[dict[str, Any]]:
    reports = session.scalars(sa.select(ProblemReport).where(ProblemReport.reporter_id == account_id))
    return [
        {
            "material": report.material.public_id,
            "reported_at": report.reported_at.isoformat(),
            "kind": report.kind.value,
            "place": report.place,
            "words": report.words,
            "state": report.state.value,
            "answer": report.answer,
        }
        for report in reports
    ]


def _erase(session: Session, account_id: int) -> None:
    # The report stays; who made it is forgotten.
    theirs = sa.update(ProblemReport).where(ProblemReport.reporter_id == account_id)
    session.execute(theirs.values(reporter_id=None))
    answered = sa.update(ProblemReport).where(ProblemReport.answered_by_id == account_id)
    session.execute(answered.values(answered_by_id=None))


personal_data.register(
    "learning",
    tables={"problem_report"},
    export=_export,
    erase=_erase,
    basis=personal_data.Basis.OWN_ACT,
    title=N_("Problem reports"),
    why=N_(
        "What you reported and our answer, so that we can write to you. The report stays when you go, without your "
        "name."
    ),
)


def _export_voices(session: Session, account_id: int) -> dict[str, Any]:
    rated = sa.select(Material.public_id, Rating).join(Material, Material.id == Rating.material_id)
    said = sa.select(Voice).where(Voice.account_id == account_id, Voice.words != "").order_by(Voice.id)
    return {
        "ratings": [
            {
                "material": public_id,
                "stars": rating.stars,
                "group": rating.audience,
                "rated_at": rating.rated_at.isoformat(),
            }
            for public_id, rating in session.execute(rated.where(Rating.account_id == account_id))
        ],
        "words": [
            {
                "material": voice.material.public_id,
                "kind": voice.kind.value,
                "shown_as": voice.shown_as,
                "words": voice.words,
                "state": voice.state.value,
                "said_at": voice.said_at.isoformat(),
            }
            for voice in session.scalars(said)
        ],
    }


def _erase_voices(session: Session, account_id: int) -> None:
    """Delete ratings with their reasons; questions and answers stay, as those of "a reader"."""
    theirs = sa.select(Voice.id).where(Voice.account_id == account_id)
    touched = sa.union(
        sa.select(Rating.material_id).where(Rating.account_id == account_id),
        sa.select(Voice.material_id).where(Voice.account_id == account_id),
    )
    pages = sa.update(Material).where(Material.id.in_(sa.select(touched.subquery().c.material_id)))
    session.execute(pages.values(page_revision=Material.page_revision + 1))
    session.execute(sa.delete(VoiceEdit).where(VoiceEdit.voice_id.in_(theirs)))
    session.execute(sa.delete(Rating).where(Rating.account_id == account_id))
    mine = Voice.account_id == account_id
    session.execute(sa.delete(Voice).where(mine, sa.or_(Voice.kind == VoiceKind.REASON, Voice.words == "")))
    session.execute(sa.update(Voice).where(mine).values(account_id=None, shown_as=""))
    session.execute(sa.update(Voice).where(Voice.decided_by_id == account_id).values(decided_by_id=None))


personal_data.register(
    "voices",
    tables={"rating", "voice"},
    export=_export_voices,
    erase=_erase_voices,
    basis=personal_data.Basis.OWN_ACT,
    title=N_("Ratings, questions and answers"),
    why=N_(
        "What you rated and wrote under materials, so that others read it and you can change it. When you go, ratings "
        "are deleted; questions and answers stay without your name."
    ),
)


def _export_searches(session: Session, account_id: int) -> list[dict[str, Any]]:
    kept = session.scalars(sa.select(SavedSearch).where(SavedSearch.account_id == account_id))
    return [{"name": each.name, "search": each.arguments, "saved_at": each.saved_at.isoformat()} for each in kept]


def _erase_searches(session: Session, account_id: int) -> None:
    session.execute(sa.delete(SavedSearch).where(SavedSearch.account_id == account_id))


personal_data.register(
    "searches",
    tables={"saved_search"},
    export=_export_searches,
    erase=_erase_searches,
    basis=personal_data.Basis.OWN_ACT,
    title=N_("Saved searches"),
    why=N_("What you saved in order to find it again."),
)


def _export_shelf(session: Session, account_id: int) -> dict[str, Any]:
    saved = sa.select(Material.public_id, ShelfItem.saved_at).join(ShelfItem, ShelfItem.material_id == Material.id)
    rows = session.execute(saved.where(ShelfItem.account_id == account_id).order_by(ShelfItem.saved_at))
    return {
        "saved": [{"material": public_id, "saved_at": moment.isoformat()} for public_id, moment in rows],
        "lists": _lists_of(session, account_id),
    }


def _lists_of(session: Session, account_id: int) -> list[dict[str, Any]]:
    found = session.scalars(sa.select(OwnList).where(OwnList.account_id == account_id).order_by(OwnList.id)).all()
    items = (
        sa.select(OwnListItem.list_id, Material.public_id, OwnListItem.note)
        .join(Material, Material.id == OwnListItem.material_id)
        .where(OwnListItem.list_id.in_([each.id for each in found]))
        .order_by(OwnListItem.position)
    )
    of: dict[int, list[dict[str, str]]] = {each.id: [] for each in found}
    for number, public_id, note in session.execute(items):
        of[number].append({"material": public_id, "note": note})
    return [
        {
            "title": each.title,
            "shared": each.share_token is not None,
            "created_at": each.created_at.isoformat(),
            "changed_at": each.changed_at.isoformat(),
            "materials": of[each.id],
        }
        for each in found
    ]


def _erase_shelf(session: Session, account_id: int) -> None:
    own = sa.select(OwnList.id).where(OwnList.account_id == account_id)
    session.execute(sa.delete(OwnListItem).where(OwnListItem.list_id.in_(own)))
    for table in (OwnList, ShelfItem):
        session.execute(sa.delete(table).where(table.account_id == account_id))


personal_data.register(
    "shelf",
    tables={"shelf_item", "own_list"},
    export=_export_shelf,
    erase=_erase_shelf,
    basis=personal_data.Basis.OWN_ACT,
    title=N_("Shelf and lists"),
    why=N_("What you saved and put in order yourself."),
)


def _export_history(session: Session, account_id: int) -> dict[str, Any]:
    places = sa.select(Material.public_id, ReadingPosition).join(Material, Material.id == ReadingPosition.material_id)
    ended = sa.select(Material.public_id, FinishedMaterial.finished_at)
    ended = ended.join(FinishedMaterial, FinishedMaterial.material_id == Material.id)
    return {
        "places": [
            {"material": public_id, **_told(position)}
            for public_id, position in session.execute(places.where(ReadingPosition.account_id == account_id))
        ],
        "finished": [
            {"material": public_id, "finished_at": moment.isoformat()}
            for public_id, moment in session.execute(ended.where(FinishedMaterial.account_id == account_id))
        ],
        "practised": _practised(session, account_id),
        "weekly_goal": _goal(session, account_id),
    }


def _goal(session: Session, account_id: int) -> dict[str, Any] | None:
    goal = session.get(WeeklyGoal, account_id)
    return {"days": goal.days, "set_at": goal.set_at.isoformat()} if goal else None


def _practised(session: Session, account_id: int) -> list[dict[str, Any]]:
    item = PractisedQuestion
    query = sa.select(item, Material.public_id, Version.self_check).join(Material, Material.id == item.material_id)
    query = query.outerjoin(Version, Version.id == item.version_id).where(item.account_id == account_id)
    told = []
    for each, public_id, text in session.execute(query.order_by(item.id)):
        question = questions_by_digest(text or "").get(each.digest)
        told.append(
            {
                "material": public_id,
                "question": question.text if question else "",
                "last_answered_at": each.reviewed_at.isoformat(),
                "last_answer_right": each.was_right,
                "remembered_for_days": round(each.stability, 2),
                "difficulty": round(each.difficulty, 2),
                "comes_back_at": each.due_at.isoformat(),
            }
        )
    return told


def _told(position: ReadingPosition) -> dict[str, Any]:
    told: dict[str, Any] = {
        "file": position.file_number,
        position.kind.value: position.place,
        "of": position.total,
        "saved_at": position.saved_at.isoformat(),
    }
    if position.before_at is not None and position.before_kind is not None:
        told["before"] = {
            "file": position.before_file,
            position.before_kind.value: position.before_place,
            "of": position.before_total,
            "saved_at": position.before_at.isoformat(),
        }
    return told


personal_data.register(
    "history",
    tables={"reading_position", "finished_material", "practised_question", "weekly_goal"},
    export=_export_history,
    erase=forget_history,
    basis=personal_data.Basis.HISTORY,
    title=N_("Where you stopped, what you finished, what you practise"),
    why=N_(
        "So that you go on in the same place on every device, and questions come back before you forget them. It is "
        "deleted when you withdraw your consent."
    ),
)


def _export_diary(session: Session, account_id: int) -> dict[str, Any]:
    days = sa.select(DiaryEntry.day, Material.public_id, DiaryEntry.note)
    days = days.join(Material, Material.id == DiaryEntry.material_id).where(DiaryEntry.account_id == account_id)
    courses = sa.select(StartedCourse).where(StartedCourse.account_id == account_id).order_by(StartedCourse.started_at)
    return {
        "days": [
            {"day": day.isoformat(), "material": public_id, "note": note}
            for day, public_id, note in session.execute(days.order_by(DiaryEntry.day, DiaryEntry.material_id))
        ],
        "courses": [
            {
                "course": each.course,
                "started_at": each.started_at.isoformat(),
                "finished_at": each.finished_at.isoformat() if each.finished_at else None,
            }
            for each in session.scalars(courses)
        ],
    }


personal_data.register(
    "diary",
    tables={"diary_entry", "started_course"},
    export=_export_diary,
    erase=forget_history,
    basis=personal_data.Basis.HISTORY,
    title=N_("Diary and courses"),
    why=N_("What you learned on which day, with your own notes. It is deleted when you withdraw your consent."),
)


def _export_statements(session: Session, account_id: int) -> list[dict[str, Any]]:
    theirs = sa.select(CompletionStatement).where(CompletionStatement.account_id == account_id)
    return [
        {"code": each.code, "course": each.course, "issued_at": each.issued_at.isoformat(), "signed": each.seal}
        for each in session.scalars(theirs.order_by(CompletionStatement.issued_at))
    ]


def _erase_statements(session: Session, account_id: int) -> None:
    session.execute(sa.delete(CompletionStatement).where(CompletionStatement.account_id == account_id))


personal_data.register(
    "statements",
    tables={"completion_statement"},
    export=_export_statements,
    erase=_erase_statements,
    basis=personal_data.Basis.OWN_ACT,
    title=N_("Statements of finished courses"),
    why=N_("What you asked to be stated. Whoever verifies one when you are gone is told that it is no more."),
)


def _export_notes(session: Session, account_id: int) -> list[dict[str, Any]]:
    theirs = sa.select(ReadingNote).where(ReadingNote.account_id == account_id).order_by(ReadingNote.id)
    return [
        {
            "material": each.material.public_id,
            "file": each.file_number,
            each.kind.value: each.place,
            "quote": each.quote,
            "note": each.words,
            "created_at": each.created_at.isoformat(),
            "changed_at": each.changed_at.isoformat(),
        }
        for each in session.scalars(theirs)
    ]


personal_data.register(
    "notes",
    tables={"reading_note"},
    export=_export_notes,
    erase=forget_history,
    basis=personal_data.Basis.HISTORY,
    title=N_("Highlights and notes"),
    why=N_(
        "What you marked and wrote in texts, for yourself alone. It is deleted when you withdraw your consent; keep "
        "it before that as a file from the page of your notes."
    ),
)


def _export_following(session: Session, account_id: int) -> dict[str, Any]:
    theirs = sa.select(Following).where(Following.account_id == account_id).order_by(Following.id)
    digest = session.get(WeeklyDigest, account_id)
    return {
        "followed": [
            {"kind": each.kind.value, "item": each.target, "followed_at": each.followed_at.isoformat()}
            for each in session.scalars(theirs)
        ],
        "weekly_mail": {"asked_at": digest.asked_at.isoformat()} if digest else None,
    }


def _erase_following(session: Session, account_id: int) -> None:
    for table in (Following, WeeklyDigest):
        session.execute(sa.delete(table).where(table.account_id == account_id))


personal_data.register(
    "following",
    tables={"following", "weekly_digest"},
    export=_export_following,
    erase=_erase_following,
    basis=personal_data.Basis.OWN_ACT,
    title=N_("What you follow"),
    why=N_("So that you see what is new in it, and get the weekly mail if you asked for it."),
)
