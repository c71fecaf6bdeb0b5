"""Light stemming of English that leaves alone whatever may be a Vietnamese syllable.

No Vietnamese syllable ends in -s, -ed or -ing, so these endings can be taken off without knowing the language of a
word. (Harman 1991, "How effective is suffixing?", plus -ed, -ing and a silent -e.)
"""

import re

from oer.core.vietnamese.syllables import is_plain_syllable

_VOWEL = re.compile("[aeiouy]")
_PLURAL_STAYS = ("us", "ss", "is")
_DOUBLED = re.compile(r"([bdfgmnprt])\1$")


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(_PLURAL_STAYS):
        return word[:-1]
    return word


def _infinitive(word: str) -> str:
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and _VOWEL.search(root):
            return _DOUBLED.sub(r"\1", root) if len(root) > 3 else root  # "planning" is of "plan", "adding" of "add"
    return word


def stem(word: str) -> str:
    """Return the stem of a lower-case ASCII word: learning, learned, learns and learn are one."""
    if len(word) < 4 or is_plain_syllable(word):
        return word
    root = _infinitive(_singular(word))
    if len(root) > 3 and root.endswith("e"):
        return root[:-1]
    # "trays" is more than one "tray", and that may be a Vietnamese syllable.
    ends_in_i = len(root) > 3 and root.endswith("y") and not is_plain_syllable(root)
    return root[:-1] + "i" if ends_in_i else root
