"""The form of an administrative report (Decree 30/2020/NĐ-CP, annex I): what stands around a report's text.

Nothing in it is made up. What neither the settings nor the person who asks for the report has given is a line of dots,
to be filled in by hand.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language, translator
from oer.core.text import clean_line

DOTS = "……………"
MARKS = {
    "": N_("The office itself"),
    "KT.": N_("KT.: for its head, by a deputy"),
    "TL.": N_("TL.: by order of the head"),
    "TUQ.": N_("TUQ.: by authority of the head"),
    "Q.": N_("Q.: acting"),
}
# Not translated as messages: the short English forms are no texts of pages.
_MARKS_IN = {
    "vi": {"TM.": "TM.", "KT.": "KT.", "TL.": "TL.", "TUQ.": "TUQ.", "Q.": "Q."},
    "en": {"TM.": "On behalf of", "KT.": "For", "TL.": "By order of", "TUQ.": "By authority of", "Q.": "Acting"},
}
_NATION = {
    "vi": ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
    "en": ("SOCIALIST REPUBLIC OF VIET NAM", "Independence - Freedom - Happiness"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
NOT_A_MARK = N_("Choose by what right it is signed.")
NOT_A_DAY = N_("“%(typed)s” is not a day. Write it like 2026-11-28.")
LONGEST, MOST_RECIPIENTS = 200, 20


@dataclass(frozen=True)
class FormDetails:
    """What is given on the form of asking for a report: in Vietnamese, `_en` in English, each may be empty."""

    agency_above: str = ""
    agency_above_en: str = ""
    agency: str = ""
    agency_en: str = ""
    number: str = ""
    place: str = ""
    place_en: str = ""
    day: str = ""
    on_behalf: str = ""
    on_behalf_en: str = ""
    mark: str = ""
    principal: str = ""
    principal_en: str = ""
    office: str = ""
    office_en: str = ""
    signer: str = ""
    recipients: str = ""
    recipients_en: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "FormDetails":
        """Return the details among what was sent or stored. Raises Invalid for an unknown mark, or no day."""
        names = cls.__dataclass_fields__
        texts = {name: clean_line(given.get(name, ""))[:LONGEST] for name in names if "recipients" not in name}
        for name in ("recipients", "recipients_en"):
            lines = [line for each in given.get(name, "").splitlines() if (line := clean_line(each).lstrip("-– "))]
            texts[name] = "\n".join(line[:LONGEST] for line in lines[:MOST_RECIPIENTS])
        if texts["mark"] not in MARKS:
            raise Invalid(NOT_A_MARK, field="mark")
        try:
            if texts["day"]:
                date.fromisoformat(texts["day"])
        except ValueError:
            raise Invalid(NOT_A_DAY, field="day", typed=texts["day"]) from None
        return cls(**texts)

    def plain(self) -> dict[str, str]:
        """Return what was given, to be stored."""
        return {name: text for name, text in asdict(self).items() if text}

    def text(self, name: str, language: str) -> str:
        """Return a text in a language, else in the other; '' where none was given."""
        texts = {"vi": getattr(self, name), "en": getattr(self, f"{name}_en")}
        return in_language({code: text for code, text in texts.items() if text}, language)


@dataclass(frozen=True)
class AdministrativeForm:
    """The parts of the form in one language, in the order in which they stand. Dots are left to be filled in."""

    nation: str
    motto: str
    agency_above: str
    agency: str
    number: str
    place_and_day: str
    kind: str
    about: str
    recipients_heading: str
    recipients: list[str] = field(default_factory=list)
    authority: list[str] = field(default_factory=list)
    signer: str = ""
    annex: str = ""
    annex_of: str = ""


def administrative_form(
    details: FormDetails, language: str, *, agency: Mapping[str, str], place: Mapping[str, str], about: str
) -> AdministrativeForm:
    """Return the form in a language; `agency` and `place` stand where the details have none."""
    say = translator(language)
    issuing = details.text("agency", language) or in_language(agency, language)
    number = details.number or f"{DOTS}/BC-……"
    day = _day(details.day, language)
    return AdministrativeForm(
        *_NATION[language],
        agency_above=details.text("agency_above", language).upper(),
        agency=issuing.upper() or DOTS,
        number=f"{'Số' if language == 'vi' else 'No.'}: {number}".replace(" ", "\xa0"),
        place_and_day=f"{details.text('place', language) or in_language(place, language) or DOTS}, {day}",
        kind="BÁO CÁO" if language == "vi" else "REPORT",
        about=about,
        recipients_heading="Nơi nhận:" if language == "vi" else "Recipients:",
        recipients=_recipients(details.text("recipients", language), language),
        authority=_authority(details, language) or [DOTS],
        signer=details.signer,
        annex="Phụ lục" if language == "vi" else "Annex",
        annex_of=say(N_("(With report No. %(number)s, %(day)s)"), number=number, day=day),
    )


def _day(given: str, language: str) -> str:
    """Return the day as an administrative document writes it; blanks within it do not break."""
    day = date.fromisoformat(given) if given else None
    if language == "vi":
        # Days below 10, and January and February, have a leading zero: nobody can put a digit before them.
        month = f"{day.month:02}" if day and day.month < 3 else f"{day.month if day else '……'}"
        words = f"ngày {f'{day.day:02}' if day else '……'} tháng {month} năm {day.year if day else '………'}"
    else:
        words = f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else "…… ………… ……"
    return words.replace(" ", "\xa0")


def _authority(details: FormDetails, language: str) -> list[str]:
    words = _MARKS_IN[language]
    behalf, principal, office = (details.text(name, language) for name in ("on_behalf", "principal", "office"))
    lines = [f"{words['TM.']} {behalf}"] if behalf else []
    if details.mark in {"KT.", "TL.", "TUQ."} and principal:
        lines.append(f"{words[details.mark]} {principal}")
    if office:
        lines.append(f"{words['Q.']} {office}" if details.mark == "Q." else office)
    return [line.upper() for line in lines]


def _recipients(given: str, language: str) -> list[str]:
    lines = [line.rstrip(";.") for line in given.splitlines()] or [DOTS]
    filed = "Lưu: VT" if language == "vi" else "Filed: Office"
    if not lines[-1].startswith(filed.partition(":")[0]):
        lines.append(filed)
    return [f"- {line}{'.' if line == lines[-1] else ';'}" for line in lines]
