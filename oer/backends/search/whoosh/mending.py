"""Words that the index does not know, read as words that it knows."""

from oer.backends.search.questions import Clause, Guess, Phrase, Query, Word
from oer.backends.search.whoosh.snapshot import Snapshot


def _known(snapshot: Snapshot, word: Word) -> Word:
    if word.instead is not None and not snapshot.occurrences(word.folded) and snapshot.occurrences(word.instead.folded):
        return word.instead
    return word


def read_as(snapshot: Snapshot, query: Query) -> tuple[list[list[Clause]], list[Guess]]:
    """Return the query's choices as they are to be read, and what was read otherwise than typed."""
    guesses: list[Guess] = []
    wanted: list[list[Clause]] = []
    for clauses in query.wanted:
        read: list[Clause] = []
        for clause in clauses:
            words = clause.words if isinstance(clause, Phrase) else (clause,)
            known = tuple(_known(snapshot, word) for word in words)
            guesses += [
                Guess(word.typed, other.typed) for word, other in zip(words, known, strict=True) if other is not word
            ]
            read.append(Phrase(known) if isinstance(clause, Phrase) else known[0])
        wanted.append(read)
    return wanted, guesses
