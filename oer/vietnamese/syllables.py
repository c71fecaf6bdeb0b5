"""Vietnamese syllables: which onsets and rimes go together, which tones a rime takes, where the tone mark is written.

The grammar is that of today's spelling (c, g, ng before a ă â o ô ơ u ư; k, gh, ngh before e ê i), with the few rimes
that came with loanwords (boong, tuýp, vải tuyn). It says what a syllable may look like, not that it is in a dictionary.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from oer.vietnamese.marks import TONES, fold

# Rimes by the letter that they begin with, because the spelling of the onset before them depends on it.
_A = "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây"
_E_I = "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu"
_IE = "iêc iêm iên iêng iêp iêt iêu"
_O_U = """
o oi oc om on ong op ot ooc oong ô ôi ôc ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ua ui uc um un ung up ut uôi uôc uôm uôn uông uôt ư ưa ưi ưu ưc ưm ưn ưng ưt ươi ươu ươc ươm ươn ương ươp ươt
"""
_GLIDED = """
oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oem oen oeo oet
uân uâng uât uây uê uêch uênh uơ uy uya uych uyên uyêt uyn uynh uyp uyt uyu
"""
_AFTER_QU = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt ân âng ât âu ây e en eo et ê êch ên ênh êt êu
i ich it iu ôc ơ ơi y ych yên yêt ynh yt
"""
# After gi, which has the i already: giếng is gi and êng.
_AFTER_GI = "e em en eo ep ê êc ên êng êt"
_AFTER_G = "i ia ich im in ip it iu"
_ALONE = "ă â y yêm yên yêng yêt yêu"
# Onsets whose spelling does not depend on what follows.
_ONSETS = "b|ch|d|đ|h|kh|l|m|nh?|ph?|r|s|th?|tr|v|x"


def _one_of(*rimes: str) -> str:
    return "|".join(sorted(set(" ".join(rimes).split()), key=len, reverse=True))


def _grammar(spelled: Callable[[str], str]) -> re.Pattern[str]:
    forms = (
        f"(?:{_ONSETS})(?:{_one_of(_A, _E_I, _IE, _O_U, _GLIDED)})",
        f"(?:{_ONSETS}|k)y",
        f"(?:c|g|ng)(?:{_one_of(_A, _O_U, _GLIDED)})",
        f"(?:k|n?gh)(?:{_one_of(_E_I, _IE)})",
        f"g(?:{_one_of(_AFTER_G)})",
        f"gi(?:{_one_of(_A, _O_U, _GLIDED, _AFTER_GI)})",
        f"qu(?:{_one_of(_AFTER_QU)})",
        _one_of(_A, _E_I, _O_U, _GLIDED, _ALONE),
    )
    return re.compile(spelled("|".join(forms)))


_SPELLED = _grammar(str)
_PLAIN = _grammar(fold)
_STOPPED = re.compile("(?:ch|[cpt])$")
_TONES_OF_STOPPED = "\u0301\u0323"
# What follows an onset that swallows its u or i: "quý", "giáo" carry the tone on what is left.
_NUCLEUS = re.compile("(?:qu(?=[aeiouyăâêôơư])|gi(?=[aeiouyăâêôơư])|[^aeiouyăâêôơư]*)([aeiouyăâêôơư]+)(.*)")


@lru_cache(maxsize=1 << 14)
def is_syllable(token: str) -> bool:
    """Whether a lower-case token, diacritics and all, is a possible Vietnamese syllable; its tone may be left out."""
    apart = unicodedata.normalize("NFD", token)
    tones = [mark for mark in apart if mark in TONES]
    if not tones:
        return is_toneless_syllable(unicodedata.normalize("NFC", token))
    toneless = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES))
    return len(tones) == 1 and takes_tone(toneless, tones[0]) and is_toneless_syllable(toneless)


def is_toneless_syllable(toneless: str) -> bool:
    """Whether a lower-case word with its letters marked (ă â đ ê ô ơ ư) but without a tone is a possible syllable."""
    return _SPELLED.fullmatch(toneless) is not None


def is_plain_syllable(plain: str) -> bool:
    """Whether a lower-case word without any diacritics may be a Vietnamese syllable."""
    return _PLAIN.fullmatch(plain) is not None


def takes_tone(toneless: str, mark: str) -> bool:
    """Whether a syllable may have the combining tone `mark`: those that end in c, ch, p or t take only sắc and nặng."""
    return mark in _TONES_OF_STOPPED or _STOPPED.search(toneless) is None


def with_tone(toneless: str, mark: str) -> str:
    """Return a syllable with the combining tone `mark` where the older rule puts it: hóa, thủy, toán, đường."""
    found = _NUCLEUS.match(toneless)
    if found is None:
        return toneless
    vowels, final = found.groups()
    marked = [place for place, vowel in enumerate(vowels) if vowel in "ăâêôơư"]
    if marked:
        place = marked[-1]
    elif final or len(vowels) == 3:
        place = min(len(vowels) - 1, 1)
    else:
        place = 0
    end = found.start(1) + place + 1
    return unicodedata.normalize("NFC", toneless[:end] + mark + toneless[end:])
