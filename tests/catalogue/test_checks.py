"""Single values of a record, each by the rule of its standard."""

import pytest

from oer.catalogue import checks
from oer.core.errors import Invalid


def refused(reader, value):
    with pytest.raises(Invalid) as caught:
        reader(value, "field")
    return caught.value.field == "field"


@pytest.mark.parametrize(
    "written",
    ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097", "http://orcid.org/0000-0002-1825-0097/"],
)
def test_an_orcid_is_kept_bare(written):
    assert checks.orcid(written, "field") == "0000-0002-1825-0097"


def test_an_orcid_may_end_with_x():
    assert checks.orcid("0000-0002-1694-233x", "field") == "0000-0002-1694-233X"


@pytest.mark.parametrize("written", ["0000-0002-1825-0079", "0000-0002-1694-2330", "0000 0002 1825 0097", "orcid"])
def test_a_mistyped_orcid_is_refused(written):
    assert refused(checks.orcid, written)


@pytest.mark.parametrize("written", ["PT3H", "P6W", "P1Y2M3DT4H5M6S", "pt45m", "P1D"])
def test_iso_durations_are_taken(written):
    assert checks.duration(written, "field") == written.upper()


@pytest.mark.parametrize("written", ["P", "PT", "P0D", "PT0M", "3 giờ", "P1W2D", "PT-3H", "P1.5D", "1H"])
def test_other_durations_are_refused(written):
    assert refused(checks.duration, written)


@pytest.mark.parametrize(("written", "kept"), [("18-", "18-"), ("7 – 9", "7-9"), ("-5", "-5"), ("6-6", "6-6")])
def test_age_ranges_are_taken(written, kept):
    assert checks.age_range(written, "field") == kept


@pytest.mark.parametrize("written", ["-", "18", "9-7", "1000-", "người lớn"])
def test_other_age_ranges_are_refused(written):
    assert refused(checks.age_range, written)


@pytest.mark.parametrize("written", ["2026", "2026-03", "2026-03-01", "2024-02-29"])
def test_dates_may_be_of_a_year_a_month_or_a_day(written):
    assert checks.partial_date(written, "field") == written


@pytest.mark.parametrize(
    ("written", "kept"), [("15/03/2026", "2026-03-15"), ("1/3/2026", "2026-03-01"), ("03/2026", "2026-03")]
)
def test_dates_may_be_written_with_the_day_first(written, kept):
    assert checks.partial_date(written, "field") == kept


@pytest.mark.parametrize(
    "written", ["2026-13", "2025-02-29", "0000", "2026-3-1", "20260301", "13/2026", "29/02/2025", "3/15/2026"]
)
def test_other_dates_are_refused(written):
    assert refused(checks.partial_date, written)


@pytest.mark.parametrize(
    "written", ["https://example.org", "http://sub.example.org:8080/a%20b?c=d#e", "https://học.vn/tài-liệu"]
)
def test_web_addresses_are_taken(written):
    assert checks.web_address(written, "field") == written


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://",
        "https://user:pass@example.org",
        "https://example.org:99999",
        "https://exa mple.org",
        "https://[::1",
        "file:///etc/passwd",
        "example.org",
        "https://" + "x" * 2000,
    ],
)
def test_no_other_address_is_taken(written):
    assert refused(checks.web_address, written)


@pytest.mark.parametrize(
    "written", ["http://creativecommons.org/licenses/by/4.0", "https://creativecommons.org/licenses/by/4.0/"]
)
def test_a_licence_is_known_by_its_address(written):
    assert checks.licence(written, "field") == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize("written", ["CC BY", "https://example.org/licence/", 3])
def test_no_other_licence_is_taken(written):
    assert refused(checks.licence, written)


def test_an_empty_value_is_none_at_all():
    readers = [checks.orcid, checks.duration, checks.age_range, checks.partial_date, checks.web_address, checks.licence]
    assert [reader(" ", "field") for reader in readers] == [""] * len(readers)
