"""OAI-PMH 2.0: what a harvester asks, checked, and the answer as XML. Knows no Flask.

A harvest goes by the moment of each record's last public change, then by row. A resumption token says how far it came
and is signed, so nothing is kept between two requests, and every process that has the secret can go on.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.core.links import Links
from oer.exchange.queries.harvesting import (
    Asked,
    HarvestedRecord,
    RecordSet,
    collection_sets,
    count_records,
    earliest_change,
    record_before,
    record_with_id,
    records_after,
    set_with_spec,
    vocabulary_sets,
)
from oer.exchange.xml_formats import escaped, lrmi, oai_dc, oai_lom
from oer.web.signatures import LenientSigner

PATH = "/oai"
TOKEN_SECONDS = 24 * 3600
PAGE_SIZES = {"ListRecords": 200, "ListIdentifiers": 1000, "ListSets": 500}
_SALT = "oai-pmh"
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
    'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)


@dataclass(frozen=True)
class MetadataFormat:
    """A format of records: its prefix, the schema and the namespace of its XML, and who writes it."""

    prefix: str
    schema: str
    namespace: str
    write: Callable[..., str]


FORMATS = {
    each.prefix: each
    for each in (
        MetadataFormat(
            "oai_dc",
            "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
            "http://www.openarchives.org/OAI/2.0/oai_dc/",
            oai_dc,
        ),
        MetadataFormat("oai_lom", "http://ltsc.ieee.org/xsd/lomv1.0/lom.xsd", "http://ltsc.ieee.org/xsd/LOM", oai_lom),
        MetadataFormat(
            "lrmi",
            "http://www.openarchives.org/OAI/2.0/rdf.xsd",
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            lrmi,
        ),
    )
}


class Refused(Exception):
    """A request that is answered with errors of the protocol: pairs of code and words."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Repository:
    """Whom a harvester asks: rows, addresses, names, the secret of its tokens."""

    session: Session
    links: Links
    name: str
    email: str
    secret: str

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self.links.page(PATH)

    @property
    def host(self) -> str:
        """What the identifiers of its records begin with, after "oai:"."""
        return urlsplit(self.links.base_url).hostname or "localhost"

    def identifier(self, public_id: str) -> str:
        """Return the identifier of a record."""
        return f"oai:{self.host}:{public_id}"

    @property
    def tokens(self) -> URLSafeTimedSerializer:
        """What signs and reads resumption tokens."""
        return URLSafeTimedSerializer(self.secret, salt=_SALT, signer=LenientSigner)


# What is asked.

_LIST = ({"metadataPrefix"}, {"from", "until", "set"}, "resumptionToken")
# Of each verb: what must be given, what may be, and what stands alone.
_ARGUMENTS: Mapping[str, tuple[set[str], set[str], str]] = {
    "Identify": (set(), set(), ""),
    "ListMetadataFormats": (set(), {"identifier"}, ""),
    "ListSets": (set(), set(), "resumptionToken"),
    "GetRecord": ({"identifier", "metadataPrefix"}, set(), ""),
    "ListIdentifiers": _LIST,
    "ListRecords": _LIST,
}
_SET_SPEC = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")
_FORMS = {
    "metadataPrefix": re.compile(r"[A-Za-z0-9\-_.!~*'()]+"),
    "set": _SET_SPEC,
    "identifier": re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[!-~]+"),
}
_TOKEN = re.compile(r"[A-Za-z0-9_.\-]+")
_DAY, _SECOND = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def read_arguments(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what was asked, the verb among it. Raises Refused for anything that the protocol does not allow."""
    verbs = [value for name, value in given if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise Refused(("badVerb", "One verb is needed: " + ", ".join(_ARGUMENTS)))
    needed, allowed, alone = _ARGUMENTS[verbs[0]]
    asked = dict(given)
    if len(asked) != len(given):
        raise Refused(("badArgument", "An argument is repeated."))
    if unknown := set(asked) - needed - allowed - {alone, "verb"}:
        raise Refused(("badArgument", f"Illegal for this verb: {', '.join(sorted(unknown))[:200]}"))
    if alone and alone in asked:
        if len(asked) > 2:
            words = "A resumptionToken stands alone."
            raise Refused(("badArgument", words), ("badResumptionToken", words))
        return asked
    if missing := needed - set(asked):
        raise Refused(("badArgument", f"Missing: {', '.join(sorted(missing))}"))
    for name, form in _FORMS.items():
        if name in asked and not form.fullmatch(asked[name]):
            raise Refused(("badArgument", f"Not a legal {name}."))
    return asked


def read_span(asked: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Return from when (included) and until when (excluded) records were changed. Raises Refused."""
    given = {name: asked[name] for name in ("from", "until") if name in asked}
    lengths = {len(each) for each in given.values()}
    moments = {name: _moment(name, text) for name, text in given.items()}
    if len(lengths) > 1:
        raise Refused(("badArgument", "from and until differ in granularity."))
    since, until = moments.get("from"), moments.get("until")
    if since and until and since > until:
        raise Refused(("badArgument", "from is later than until."))
    if until is None:
        return since, None
    try:
        return since, until + (timedelta(days=1) if _DAY.fullmatch(given["until"]) else timedelta(seconds=1))
    except OverflowError:  # the last day that there is: nothing is later
        return since, None


def _moment(name: str, text: str) -> datetime:
    if _DAY.fullmatch(text) or _SECOND.fullmatch(text):
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            pass
    raise Refused(("badArgument", f"{name} is no date such as 2026-03-31 or 2026-03-31T23:59:59Z."))


@dataclass(frozen=True)
class Harvest:
    """A list that is asked for, from its beginning or from where a token says."""

    verb: str
    prefix: str = ""
    since: str = ""
    before: str = ""
    spec: str = ""
    position: tuple[str, int] | None = None
    cursor: int = 0
    total: int = 0

    def asked(self, session: Session) -> Asked | None:
        """Return the question for its records; None for a set that there is not."""
        of = set_with_spec(session, self.spec) if self.spec else None
        if self.spec and of is None:
            return None
        since, before = (datetime.fromisoformat(each) if each else None for each in (self.since, self.before))
        return Asked(since, before, of)


def _harvest(repository: Repository, asked: Mapping[str, str]) -> Harvest:
    if "resumptionToken" in asked:
        try:
            token = asked["resumptionToken"]
            # Of a token with other letters in it base64 would read the rest.
            said = repository.tokens.loads(token if _TOKEN.fullmatch(token) else "", max_age=TOKEN_SECONDS)
            verb, prefix, since, before, spec, position, cursor, total = said
            harvest = Harvest(verb, prefix, since, before, spec, tuple(position), cursor, total)
        except (BadData, TypeError, ValueError):
            raise Refused(("badResumptionToken", "This token is not ours, or older than a day.")) from None
        if harvest.verb != asked["verb"]:
            raise Refused(("badResumptionToken", f"This token goes on with {harvest.verb}."))
        return harvest
    since, before = read_span(asked)
    prefix = asked.get("metadataPrefix", "")
    if prefix and prefix not in FORMATS:
        raise _unknown_format()
    said_since, said_before = (each.isoformat() if each else "" for each in (since, before))
    return Harvest(asked["verb"], prefix, said_since, said_before, asked.get("set", ""))


def _unknown_format() -> Refused:
    return Refused(("cannotDisseminateFormat", f"There are {', '.join(FORMATS)}."))


# What is answered.


def answer(repository: Repository, given: Sequence[tuple[str, str]]) -> str:
    """Return the answer to a request, by its arguments as they were given: XML, also for an error."""
    asked: dict[str, str] = {}
    try:
        asked = read_arguments(given)
        body = "".join(_ANSWERS[asked["verb"]](repository, asked))
        said = f"<{asked['verb']}>{body}</{asked['verb']}>"
    except Refused as refused:
        if refused.errors[0][0] in {"badVerb", "badArgument"}:
            asked = {}
        said = "".join(f'<error code="{code}">{escaped(words)}</error>' for code, words in refused.errors)
    attributes = "".join(f' {name}="{escaped(value)}"' for name, value in asked.items())
    request = f"<request{attributes}>{escaped(repository.address)}</request>"
    return f"{_OPEN}<responseDate>{stamp(now())}</responseDate>{request}{said}</OAI-PMH>\n"


def stamp(moment: datetime) -> str:
    """Return a moment as the protocol writes it: to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year > 999 else "1000-01-01T00:00:00Z"


def _identify(repository: Repository, _asked: Mapping[str, str]) -> Iterator[str]:
    yield f"<repositoryName>{escaped(repository.name)}</repositoryName><baseURL>{escaped(repository.address)}</baseURL>"
    yield f"<protocolVersion>2.0</protocolVersion><adminEmail>{escaped(repository.email)}</adminEmail>"
    yield f"<earliestDatestamp>{stamp(earliest_change(repository.session) or now())}</earliestDatestamp>"
    yield "<deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
    yield "<compression>gzip</compression>"
    if re.fullmatch(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+", repository.host):
        example = repository.identifier("8k3mt-w2xpa")
        yield '<description><oai-identifier xmlns="http://www.openarchives.org/OAI/2.0/oai-identifier" '
        yield 'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai-identifier '
        yield 'http://www.openarchives.org/OAI/2.0/oai-identifier.xsd"><scheme>oai</scheme>'
        yield f"<repositoryIdentifier>{repository.host}</repositoryIdentifier><delimiter>:</delimiter>"
        yield f"<sampleIdentifier>{example}</sampleIdentifier></oai-identifier></description>"


def _list_formats(repository: Repository, asked: Mapping[str, str]) -> Iterator[str]:
    if "identifier" in asked:
        _record(repository, asked["identifier"])
    for each in FORMATS.values():
        yield f"<metadataFormat><metadataPrefix>{each.prefix}</metadataPrefix><schema>{each.schema}</schema>"
        yield f"<metadataNamespace>{each.namespace}</metadataNamespace></metadataFormat>"


def _record(repository: Repository, identifier: str) -> HarvestedRecord:
    public_id = identifier.removeprefix(repository.identifier(""))
    found = record_with_id(repository.session, repository.links, public_id) if public_id != identifier else None
    if found is None:
        raise Refused(("idDoesNotExist", "There is no such record."))
    return found


def _get_record(repository: Repository, asked: Mapping[str, str]) -> Iterator[str]:
    found = _record(repository, asked["identifier"])
    if asked["metadataPrefix"] not in FORMATS:
        raise _unknown_format()
    yield _written(repository, found, FORMATS[asked["metadataPrefix"]])


def _list_sets(repository: Repository, asked: Mapping[str, str]) -> Iterator[str]:
    harvest, size = _harvest(repository, asked), PAGE_SIZES["ListSets"]
    if harvest.position is None:
        yield from map(_set, vocabulary_sets().values())
    found = collection_sets(repository.session, harvest.position[1] if harvest.position else 0, size + 1)
    yield from (_set(each) for _, each in found[:size])
    last = found[min(size, len(found)) - 1][0] if found else 0
    yield from _token(repository, harvest, ("", last) if len(found) > size else None, len(found[:size]))


def _set(each: RecordSet) -> str:
    name = each.name if isinstance(each.name, str) else in_language(each.name, DEFAULT_LANGUAGE)
    return f"<set><setSpec>{escaped(each.spec)}</setSpec><setName>{escaped(name)}</setName></set>"


def _list_records(repository: Repository, asked: Mapping[str, str]) -> Iterator[str]:
    harvest = _harvest(repository, asked)
    session, links, size = repository.session, repository.links, PAGE_SIZES[harvest.verb]
    question, position = harvest.asked(session), None
    if harvest.position is not None:
        position = (datetime.fromisoformat(harvest.position[0]), harvest.position[1])
    found = records_after(session, links, question, position, size + 1) if question else []
    if question and position and not found:
        # What was to come has changed since, and is later than `until`: the list ends with what it has told already.
        found = record_before(session, links, question, position)
    if question is None or not found:
        raise Refused(("noRecordsMatch", "Nothing is there by these arguments."))
    if position is None:
        more = count_records(session, question) if len(found) > size else len(found)
        harvest = Harvest(harvest.verb, harvest.prefix, harvest.since, harvest.before, harvest.spec, total=more)
    page = found[:size]
    yield from _page(repository, harvest, page)
    last = page[-1]
    following = (last.changed_at.isoformat(), last.row_id) if len(found) > size else None
    yield from _token(repository, harvest, following, len(page))


def _page(repository: Repository, harvest: Harvest, page: Iterable[HarvestedRecord]) -> Iterator[str]:
    if harvest.verb == "ListIdentifiers":
        return (_header(repository, each) for each in page)
    return (_written(repository, each, FORMATS[harvest.prefix]) for each in page)


def _header(repository: Repository, found: HarvestedRecord) -> str:
    status = ' status="deleted"' if found.is_deleted else ""
    sets = "".join(f"<setSpec>{each}</setSpec>" for each in found.sets)
    return (
        f"<header{status}><identifier>{repository.identifier(found.public_id)}</identifier>"
        f"<datestamp>{stamp(found.changed_at)}</datestamp>{sets}</header>"
    )


def _written(repository: Repository, found: HarvestedRecord, form: MetadataFormat) -> str:
    header = _header(repository, found)
    if found.is_deleted:
        return f"<record>{header}</record>"
    return f"<record>{header}<metadata>{form.write(found.record, found.facts)}</metadata></record>"


def _token(repository: Repository, harvest: Harvest, following: tuple[Any, int] | None, count: int) -> Iterator[str]:
    """Say where the list goes on; at the end of one that came in parts, that it ends."""
    total = f' completeListSize="{harvest.total}"' if harvest.total > 0 else ""
    place = f'{total} cursor="{harvest.cursor}"'
    if following is None:
        if harvest.position is not None or harvest.cursor:
            yield f"<resumptionToken{place}/>"
        return
    said = [harvest.verb, harvest.prefix, harvest.since, harvest.before, harvest.spec]
    token = repository.tokens.dumps([*said, following, harvest.cursor + count, harvest.total])
    ends = stamp(now() + timedelta(seconds=TOKEN_SECONDS))
    yield f'<resumptionToken expirationDate="{ends}"{place}>{token}</resumptionToken>'


_ANSWERS: Mapping[str, Callable[[Repository, Mapping[str, str]], Iterator[str]]] = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "GetRecord": _get_record,
    "ListIdentifiers": _list_records,
    "ListRecords": _list_records,
}
