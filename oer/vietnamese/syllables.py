"""Vietnamese syllables: onset, rime and tone, and where the tone mark is written."""

import re
import unicodedata

from oer.vietnamese.marks import TONES, fold

_INITIALS = "ngh|ng|nh|gh|gi|kh|th|tr|ch|ph|qu|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x|"
# Every rime of the spoken language, written without tone.
_RIMES = """
a ai ao au ay ac ach am an ang anh ap at ă ăc ăm ăn ăng ăp ăt âu ây âc âm ân âng âp ât e eo ec em en eng ep et
ê êu êch êm ên ênh êp êt i ia iu ich im in inh ip it iêc iêm iên iêng iêp iêt iêu o oi oc om on ong op ot oa oac oach
oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet oong ooc ô ôi ôc ôm ôn ông ôp ôt
ơ ơi ơm ơn ơp ơt u ua ui uc um un ung up ut uân uâng uât uây uê uêch uênh uôc uôi uôm uôn uông uôt uơ uy uya uych
uynh uyt uyên uyêt uyu ư ưa ưi ưu ưc ưm ưn ưng ưt ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu
"""


def _one_of(rimes: str) -> str:
    return "|".join(sorted(set(rimes.split()), key=len, reverse=True))


_SPELLED = re.compile(f"(?:{_INITIALS})(?:{_one_of(_RIMES)})")
_PLAIN = re.compile(f"(?:{fold(_INITIALS)})(?:{_one_of(fold(_RIMES))})")
# What follows a beginning that swallows its u or i: "quý", "giáo" carry the tone on what is left.
_NUCLEUS = re.compile("(?:qu(?=[aeiouyăâêôơư])|gi(?=[aeiouyăâêôơư])|[^aeiouyăâêôơư]*)([aeiouyăâêôơư]+)(.*)")


def is_toneless_syllable(toneless: str) -> bool:
    """Whether a lower-case word with its letters marked and its tone lifted out is a possible syllable."""
    return _SPELLED.fullmatch(toneless) is not None


def is_syllable(token: str) -> bool:
    """Whether a lower-case token, marks and all, is a possible Vietnamese syllable."""
    apart = unicodedata.normalize("NFD", token)
    toneless = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES))
    return is_toneless_syllable(toneless)


def is_plain_syllable(plain: str) -> bool:
    """Whether a lower-case word without any marks may be a Vietnamese syllable."""
    return _PLAIN.fullmatch(plain) is not None


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
