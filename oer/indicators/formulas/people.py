"""Formulas that count people: LC-01, LC-03, LC-10, LC-11, LC-12, LC-17."""

from collections.abc import Collection, Iterable, Mapping

from oer.indicators.formulas.results import LEAST_PEOPLE_FOR_A_RATE, Count, Result, count, per, share


def active_learners(requests: Mapping[str, int]) -> Result:
    """LC-01: people with at least one retained item request, from requests by person."""
    return count(sum(number > 0 for number in requests.values()))


def active_per_thousand(people: Count | None, residents: Count | None, source: str, why: str) -> Result:
    """LC-03: active learners per 1,000 residents; `source` names the dated table, without which there is no rate."""
    return per(people, residents if source else None, 1000, least=LEAST_PEOPLE_FOR_A_RATE, why=why, source=source)


def priority_share(answers: Iterable[Collection[str]], priority: Collection[str]) -> Result:
    """LC-10: of the active people who answered the question, those in at least one priority group.

    `answers` are the groups of each active person, empty where the question was not answered.
    """
    answered = [set(groups) for groups in answers if groups]
    return share(sum(bool(groups & set(priority)) for groups in answered), len(answered), least=LEAST_PEOPLE_FOR_A_RATE)


def answer_rate(answered: Count, active: Count) -> Result:
    """LC-10, beside it: how many of the active people answered."""
    return share(answered, active, least=LEAST_PEOPLE_FOR_A_RATE)


def regular_share(regular: Count | None, active: Count | None, why: str = "") -> Result:
    """LC-11: regular learners, active in three different ISO weeks of a month, among the active ones."""
    return share(regular, active, least=LEAST_PEOPLE_FOR_A_RATE, why=why)


def completion_share(completed: Count | None, started: Count | None, why: str = "") -> Result:
    """LC-12: first completions of paths against those started in the same or the three months before."""
    return share(completed, started, least=LEAST_PEOPLE_FOR_A_RATE, why=why)


def volunteers(contributors: Mapping[str, Collection[str]]) -> Result:
    """LC-17: people with something accepted, each once, from people by kind of contribution."""
    return count(len(set().union(*contributors.values())))
