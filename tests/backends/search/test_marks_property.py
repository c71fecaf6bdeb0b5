"""However the marks of a query are typed, the same documents are found."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oer.backends.search import SearchIndex
from oer.vietnamese.marks import fold
from tests.backends.search.making import document, query

TITLES = [
    "Thủy lợi nội đồng cho nông hộ",
    "Đại số tuyến tính và giải tích",
    "Kỹ thuật trồng lúa nước",
    "Sức khỏe người cao tuổi",
    "Quản lý tài chính cá nhân",
    "Hóa học hữu cơ",
    "Tiếng Việt cho người nước ngoài",
    "Đường đi học của bé",
    "Sửa chữa điện trong nhà",
    "Ứng xử văn hóa nơi công cộng",
]
WORDS = sorted({word for title in TITLES for word in title.split()})


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> SearchIndex:
    from oer.backends.search import open_search_index

    made = open_search_index(f"whoosh:{tmp_path_factory.mktemp('marks')}")
    made.rebuild(document(f"m{number}", title) for number, title in enumerate(TITLES))
    return made


def _partly_stripped(word: str, keep: list[bool]) -> str:
    """Strip some of the marks of a word, one by one as `keep` says."""
    apart = unicodedata.normalize("NFD", word)
    kept = "".join(
        mark for place, mark in enumerate(apart) if not unicodedata.combining(mark) or keep[place % len(keep)]
    )
    return kept if keep[0] else kept.replace("đ", "d").replace("Đ", "D")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    keep=st.lists(st.booleans(), min_size=8, max_size=8),
    form=st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    case=st.sampled_from([str.lower, str.upper, str.title]),
)
def test_stripping_or_re_encoding_any_marks_finds_the_same(filled, words, keep, form, case):
    typed = " ".join(words)
    plain = fold(unicodedata.normalize("NFC", typed))
    other = case(unicodedata.normalize(form, " ".join(_partly_stripped(word, keep) for word in words)))

    def found(text):
        # Of those with only some of the words, whoever typed diacritics gets those that have them.
        answer = filled.search(query(text, limit=100, partial_matches=False))
        return {hit.id for hit in answer.hits}, answer.total

    assert found(typed) == found(plain) == found(other)
