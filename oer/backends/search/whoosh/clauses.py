"""What the choices of a query are made of: words and phrases that were typed, and other names of these."""

from collections.abc import Iterable, Sequence

from oer.backends.search.protocol import Clause, Phrase, Word


def words_of(clauses: Iterable[Clause]) -> list[Word]:
    """Return the words of clauses, those of phrases too."""
    return [word for clause in clauses for word in (clause.words if isinstance(clause, Phrase) else (clause,))]


def is_phrase(clause: Clause) -> bool:
    """Whether a clause is a phrase, typed or not."""
    return isinstance(clause, Phrase)


def is_other_name(clause: Clause) -> bool:
    """Whether a clause was not typed, but is another name of what was."""
    return isinstance(clause, Phrase) and clause.is_other_name


def typed_clauses(clauses: Iterable[Clause]) -> list[Clause]:
    """Return what was typed of a choice."""
    return [clause for clause in clauses if not is_other_name(clause)]


def other_names(must: Sequence[Sequence[Clause]]) -> list[Phrase]:
    """Return the other names beside all choices, each once."""
    names = (clause for clauses in must for clause in clauses if isinstance(clause, Phrase) and clause.is_other_name)
    return list(dict.fromkeys(names))


def words_in_order(must: Sequence[Sequence[Clause]]) -> list[Word]:
    """Return the words that were typed, then those of their other names."""
    return words_of(clause for clauses in must for clause in typed_clauses(clauses)) + words_of(other_names(must))
