"""When a question comes back: just before it is forgotten, by FSRS; and what makes a question the same question.

Days are the city's, and the time is the server's. Steps within a day are left out: a question is asked once a day at
most, so nobody has to stay for it. Nothing is left to chance, so that a page can say beforehand when a question comes
back.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from fsrs import Card, Rating, Scheduler, State

from oer.core.clock import CITY_TIME_ZONE, city_date
from oer.learning.self_checks import Kind, Question

A_DAY, NEW_A_DAY = 20, 10
"""How many questions are asked on a day (about ten minutes at half a minute each), and how many of them for the first
time."""
LONGEST_DAYS = 365
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST_DAYS, enable_fuzzing=False)


class Judgement(StrEnum):
    """How well somebody knew an answer."""

    AGAIN = "again"
    HARD = "hard"
    GOOD = "good"
    EASY = "easy"


_RATINGS = {
    Judgement.AGAIN: Rating.Again,
    Judgement.HARD: Rating.Hard,
    Judgement.GOOD: Rating.Good,
    Judgement.EASY: Rating.Easy,
}


def judgements_of(*, right: bool) -> tuple[Judgement, ...]:
    """Return what somebody may say of an answer, the first being taken if they say nothing.

    Of a right one anything: it may have been guessed. Of a wrong one, that they did know: a slip is no forgetting, but
    no reason to wait long either.
    """
    if right:
        return Judgement.GOOD, Judgement.EASY, Judgement.HARD, Judgement.AGAIN
    return Judgement.AGAIN, Judgement.HARD


@dataclass(frozen=True)
class Memory:
    """How well a question is remembered: for how many days (until 9 of 10 are), how hard it is, 1 to 10; since when."""

    stability: float
    difficulty: float
    at: datetime


def remembered(before: Memory | None, judgement: Judgement, moment: datetime) -> tuple[Memory, datetime]:
    """Return the memory after an answer at a moment (UTC), and when the question is due: at the beginning of a day.

    `before` is None at the first answer. Time between is counted in days of the city, not of 24 hours: in the morning
    after an evening a day has passed. A clock that was set back counts as the same day.
    """
    day = day_begins(city_date(moment))
    if before is None:
        card = Card(card_id=0, due=day)
    else:
        last = day_begins(city_date(before.at))
        card = Card(0, State.Review, None, before.stability, before.difficulty, day, last)
    card, _log = _SCHEDULER.review_card(card, _RATINGS[judgement], day)
    # A card has both once it was reviewed.
    return Memory(card.stability or 1.0, card.difficulty or 1.0, moment), day_begins(city_date(card.due))


def days_until(due: datetime, today: date) -> int:
    """Return in how many days something is due, 0 for today and before."""
    return max(0, (city_date(due) - today).days)


def day_begins(day: date) -> datetime:
    """Return when a day begins in the city, in UTC."""
    return datetime.combine(day, time.min, CITY_TIME_ZONE).astimezone(UTC)


def week_begins(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def digest_of(question: Question) -> str:
    """Return what a question is known by, whatever its place and its version.

    Explanation, place to read again, and the order of choices, pairs and accepted words may change; what is asked and
    what is right may not.
    """
    number = question.number
    figures = [f"{each.normalize():f}" for each in (number.value, number.off)] if number else []
    said = [question.kind.value, question.text, *_answers(question), *figures, number.unit if number else ""]
    text = unicodedata.normalize("NFC", json.dumps(said, ensure_ascii=False))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _answers(question: Question) -> list[list[str]]:
    if question.kind is Kind.PAIRS:
        return sorted([left, right] for left, right in zip(question.options, question.partners, strict=True))
    answers = [[words, "x" if place in question.right else ""] for place, words in enumerate(question.options)]
    return answers if question.kind is Kind.ORDER else sorted(answers)
