"""Words that no line breaks."""

import pytest

from oer.vietnamese.compounds import with_bound_words


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("An toàn lao động bắt đầu từ năm phút", "An_toàn lao_động bắt_đầu từ năm_phút"),
        ("Sổ thu chi gia đình", "Sổ_thu_chi gia_đình"),  # the longest word wins: not "thu chi" of something else
        ("Soạn một buổi học 90 phút", "Soạn một buổi_học 90_phút"),
        ("trang 4 trên 12 trang", "trang 4 trên_12_trang"),
        ("1,5 MB", "1,5_MB"),
        ("ban toàn", "ban toàn"),  # "an toàn" is no word inside of another
        ("3 phúts", "3 phúts"),
    ],
)
def test_compounds_and_amounts_stay_on_one_line(text: str, bound: str) -> None:
    assert with_bound_words(text).replace("\u00a0", "_") == bound
