"""Words that were read otherwise than typed, written as the results write them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oer.backends.search import Guess
from oer.core.vietnamese import has_marks, keys_of, tokens
from oer.core.vietnamese.keys import TOKEN
from oer.search.queries.hits import Found
from oer.search.snippets import as_text

_TOKEN = re.compile(TOKEN.pattern, re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """A guess: the word as typed, as it was read, and the whole query with every guess in it."""

    typed: str
    read_as: str
    query: str


def readings(text: str, guesses: Sequence[Guess], found: Iterable[Found]) -> list[Reading]:
    """Return the guesses as people can judge them: in the spelling that most of the results have."""
    if not guesses:
        return []
    spelled = {guess.typed: guess.read_as for guess in guesses}
    if any(has_marks(token) for token in tokens(text)):
        seen = _spellings(found, {guess.folded for guess in guesses})
        spelled |= {guess.typed: seen[guess.folded] for guess in guesses if guess.folded in seen}
    query = _TOKEN.sub(lambda token: spelled.get(token[0].lower(), token[0]), text)
    return [Reading(guess.typed, spelled[guess.typed], query) for guess in guesses]


def _spellings(found: Iterable[Found], wanted: set[str]) -> dict[str, str]:
    counts: dict[str, Counter[str]] = {}
    for each in found:
        for token in tokens(as_text(each.title) + " " + as_text(each.snippet)):
            folded = keys_of(token).folded
            if folded in wanted:
                counts.setdefault(folded, Counter())[token] += 1
    return {folded: counter.most_common(1)[0][0] for folded, counter in counts.items()}
