"""The wording of each consent. A change of wording is a new version: who agreed to the old one is asked anew."""

from dataclasses import dataclass

from oer.accounts.models import Purpose
from oer.core.i18n import N_


@dataclass(frozen=True)
class PurposeText:
    """What a person is asked to agree to: a version, a title and what it means, as message keys."""

    version: str
    title: str
    text: str


TEXTS = {
    Purpose.ACCOUNT: PurposeText(
        "2026-11",
        N_("My account"),
        N_(
            "We keep your name, your e-mail address and your password (scrambled) so that you can sign in, and write "
            "to you about this account alone. Reading and downloading never need an account."
        ),
    ),
    Purpose.HISTORY: PurposeText(
        "2026-11",
        N_("A history for myself"),
        N_(
            "Keep which materials I opened and how far I came, so that I can go on where I stopped. Nobody else sees "
            "it. It is deleted when you withdraw."
        ),
    ),
    Purpose.STATISTICS: PurposeText(
        "2026-11",
        N_("Statistics by ward, age and gender"),
        N_(
            "Count my use in the city's figures under a pseudonym, by the ward, birth year and gender that I tell, as "
            "far as I tell them. Figures about fewer than 10 people are never shown."
        ),
    ),
    Purpose.GROUPS: PurposeText(
        "2026-11",
        N_("Statistics by group"),
        N_(
            "Count my use in the city's figures under a pseudonym, by the groups that I choose, so that the city "
            "learns whom its materials reach."
        ),
    ),
    Purpose.DISABILITY: PurposeText(
        "2026-11",
        N_("Statistics about disability"),
        N_(
            "Count my use in the city's figures under a pseudonym, by whether I have a disability. This is sensitive: "
            "it is never shown together with a ward or an age."
        ),
    ),
    Purpose.MESSAGES: PurposeText(
        "2026-11",
        N_("News by e-mail"),
        N_("Write to me now and then about new materials and courses. You can stop it here at any time."),
    ),
}
