from oer.indicators.labels import member_name
from oer.usage.counter.counting import ALL_FILES
from oer.vocabularies import vocabularies


def test_every_format_that_usage_is_counted_by_has_a_name():
    for term in vocabularies().formats:
        assert member_name("format", term.code) == vocabularies().formats.labels(term.code)
    assert member_name("format", ALL_FILES) == "All files in one ZIP"
