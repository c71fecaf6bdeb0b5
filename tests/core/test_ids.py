from hypothesis import given
from hypothesis import strategies as st

from oer.core.ids import ALPHABET, is_public_id, keyed_hash, new_public_id, read_public_id

places = st.integers(0, 9)


def test_a_new_id_is_one() -> None:
    assert all(is_public_id(new_public_id()) for _ in range(200))


@given(places, st.sampled_from(ALPHABET))
def test_an_id_with_one_wrong_letter_is_none(place: int, letter: str) -> None:
    plain = new_public_id().replace("-", "")
    if {plain[place], letter} <= {"0", "z"}:  # 31 and 0 are one modulo 31
        return
    wrong = plain[:place] + letter + plain[place + 1 :]
    assert wrong == plain or read_public_id(wrong) is None


def test_an_id_is_read_as_people_write_it() -> None:
    public_id = new_public_id()
    assert read_public_id(f"  {public_id.upper().replace('-', '')} ") == public_id
    assert read_public_id(public_id.replace("0", "O").replace("1", "l")) == public_id


def test_what_is_no_id_is_refused() -> None:
    assert [
        read_public_id(text) for text in ("", "abc", "../../etc/passwd", "a" * 5000, "-----------", "đđđđđ-đđđđđ")
    ] == [None] * 6


def test_a_keyed_hash_depends_on_key_and_purpose() -> None:
    hashes = {
        keyed_hash("k", "a", "v"),
        keyed_hash("k", "b", "v"),
        keyed_hash("l", "a", "v"),
        keyed_hash("k", "a", "\ud800"),
    }
    assert len(hashes) == 4
