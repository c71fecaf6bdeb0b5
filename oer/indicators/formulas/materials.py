"""Formulas over what is in service: LC-04 to LC-08, LC-15, LC-19."""

from collections.abc import Collection, Iterable, Mapping

from oer.indicators.formulas.results import Result, count, share

MATERIALS_FOR_A_SUBJECT = 5
MATERIALS_FOR_A_LEVEL = 20
# LC-19's definition: CC0, CC BY, CC BY-SA or public domain mark; NC and ND are reported apart.
OPEN_LICENCES = ("zero/", "by/", "by-sa/", "mark/")
LOCAL_SUBJECTS = ("cul.lich-su-dia-phuong", "cul.di-san")
SUSTAINABILITY = "env"


def subject_coverage(materials: Mapping[str, int], subjects: Collection[str]) -> Result:
    """LC-04, coverage: second-level subjects with at least 5 materials, of all second-level subjects."""
    return _coverage(materials, subjects, MATERIALS_FOR_A_SUBJECT)


def level_coverage(materials: Mapping[str, int], levels: Collection[str]) -> Result:
    """LC-05: levels with at least 20 materials, of all levels but "every level"."""
    return _coverage(materials, levels, MATERIALS_FOR_A_LEVEL)


def _coverage(materials: Mapping[str, int], codes: Collection[str], least: int) -> Result:
    return share(sum(materials.get(code, 0) >= least for code in codes), len(codes))


def is_local_or_sustainable(main_subject: str) -> bool:
    """LC-08: whether a main subject is local history, heritage, or anything of the environment."""
    return main_subject in LOCAL_SUBJECTS or main_subject.split(".", maxsplit=1)[0] == SUSTAINABILITY


def is_open_licence(licence: str) -> bool:
    """LC-19: whether a licence's address is CC0, CC BY, CC BY-SA or the public domain mark, of any version."""
    _, _, rest = licence.partition("creativecommons.org/")
    kind = rest.removeprefix("licenses/").removeprefix("publicdomain/")
    return kind.startswith(OPEN_LICENCES)


def contributing_organisations(kinds: Iterable[str]) -> Result:
    """LC-15: organisations with a material first published in the last 12 months, from the kind of each."""
    return count(len(list(kinds)))
