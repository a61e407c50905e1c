"""Reading items for those who write and review them. The owner is the first argument; the search has its own."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from django.contrib.postgres.search import SearchQuery
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce

from nmfo.accounts.models import Account
from nmfo.catalogue.models import (
    AwaitedRun,
    Import,
    ImportRow,
    Item,
    Remark,
    Run,
    SavedSearch,
    Version,
    VersionFile,
    VersionSpecialty,
    VersionStep,
    VersionTeacher,
)
from nmfo.catalogue.rules.runs import RunFacts
from nmfo.catalogue.rules.versions import SpecialtyFacts, TeacherFacts, VersionFacts
from nmfo.catalogue.rules.words import UNDER_WAY, Basis, ItemState, Kind, RunState, VersionState
from nmfo.organisations.models import Member, Organisation
from nmfo.reference.models import Level, Region, Specialty
from nmfo.reference.queries import specialties_on
from nmfo.reference.zones import ZONES

# How an organisation sorts its items; an item that is published and written anew stands in two of them.
_LONG = ("annotation", "aims", "new_competence")  # lists have no use for them
TABS = ("all", "draft", "submitted", "returned", "published", "withdrawn", "dropped")


def items_of(organisation: Organisation) -> QuerySet[Item]:
    """An organisation's items, the newest first."""
    return Item.objects.filter(organisation=organisation).order_by("-pk")


# The state of the version under way, empty when there is none.
_WAY = Coalesce(
    Subquery(Version.objects.filter(item=OuterRef("pk"), state__in=UNDER_WAY).values("state")[:1]),
    Value(""),
    output_field=CharField(),
)


def _in_tab(tab: str) -> Q:
    given_up = Q(state=ItemState.DRAFT, way="")
    if tab in UNDER_WAY:
        return Q(way=tab)
    if tab in {ItemState.PUBLISHED, ItemState.WITHDRAWN}:
        return Q(state=tab)
    return given_up if tab == VersionState.DROPPED else ~given_up


def listed_items_of(organisation: Organisation, *, kind: str = "", tab: str = "all", words: str = "") -> QuerySet[Item]:
    """Items of a kind in a tab, by words of the title; with `way`, and their `shown_versions`.

    Words are looked for in the version under way and in the published one.
    """
    found = items_of(organisation).annotate(way=_WAY).filter(_in_tab(tab))
    if kind:
        found = found.filter(kind=kind)
    for word in words.split()[:10]:
        titles = Version.objects.filter(
            item=OuterRef("pk"), state__in=[*UNDER_WAY, VersionState.PUBLISHED], title__icontains=word
        )
        found = found.filter(Exists(titles))
    newest = Version.objects.defer(*_LONG).order_by("-number").select_related("saved_by")
    open_remarks = Count("remarks", filter=Q(remarks__settled_at=None))
    return found.prefetch_related(
        Prefetch("versions", queryset=newest.annotate(open_remarks=open_remarks), to_attr="shown_versions")
    )


def counts_of_items(organisation: Organisation) -> Mapping[tuple[str, str], int]:
    """How many items stand in each tab, by kind; kind "" is all of them."""
    found: Counter[tuple[str, str]] = Counter()
    items = items_of(organisation).order_by().annotate(way=_WAY)
    rows = items.values("kind", "state", "way").annotate(n=Count("pk"))
    for row in rows:
        tabs = {row["way"]} if row["way"] else set()
        tabs |= {row["state"]} & {ItemState.PUBLISHED, ItemState.WITHDRAWN}
        tabs = tabs | {"all"} if tabs else {str(VersionState.DROPPED)}
        for tab in tabs:
            found[row["kind"], tab] += row["n"]
            found["", tab] += row["n"]
    return found


_PARTS = (
    Prefetch("specialty_rows", queryset=VersionSpecialty.objects.select_related("specialty")),
    Prefetch("teachers", queryset=VersionTeacher.objects.order_by("position")),
    Prefetch("files", queryset=VersionFile.objects.select_related("file").order_by("pk")),
)


def whole(versions: QuerySet[Version]) -> QuerySet[Version]:
    """The versions with everything that their facts and cards need: three queries more, however many they are."""
    return versions.select_related("item__organisation__region", "region").prefetch_related(*_PARTS)


def versions_of(organisation: Organisation) -> QuerySet[Version]:
    """All versions of an organisation's items, the newest first."""
    return Version.objects.filter(item__organisation=organisation).order_by("-number", "-pk")


def files_of(organisation: Organisation) -> QuerySet[VersionFile]:
    """Documents of all versions of an organisation's items."""
    return VersionFile.objects.filter(version__item__organisation=organisation).select_related("file")


def files_to_review() -> QuerySet[VersionFile]:
    """Documents of what operators may look at."""
    own = [VersionState.DRAFT, VersionState.DROPPED]
    return VersionFile.objects.exclude(version__state__in=own).select_related("file")


def all_versions_of(item: Item) -> QuerySet[Version]:
    """Every version of an item, the newest first."""
    rows = Version.objects.filter(item=item).defer(*_LONG).select_related("saved_by", "decided_by")
    return rows.order_by("-number")


def newest_version_of(item: Item) -> Version:
    """What its authors work at: the version under way, else the last one that was not given up, else the last."""
    rows = whole(Version.objects.filter(item=item))
    kept = rows.exclude(state=VersionState.DROPPED).order_by("-number").first()
    return kept or rows.order_by("-number")[0]


def published_version_of(item: Item) -> Version | None:
    """What people see of an item."""
    return whole(Version.objects.filter(item=item, state=VersionState.PUBLISHED)).first()


def previous_version_of(version: Version) -> Version | None:
    """The version that was published last before this one."""
    rows = Version.objects.filter(item_id=version.item_id, number__lt=version.number, published_at__isnull=False)
    return whole(rows).order_by("-number").first()


def facts_of(version: Version) -> VersionFacts:
    """What the authors wrote, as plain values. Cheap for a version of `whole`."""
    rows = sorted(version.specialty_rows.all(), key=lambda row: in_dictionary(row.specialty.name))
    named = [(row.is_main, specialty_facts(row.specialty)) for row in rows]
    return VersionFacts(
        kind=version.item.kind,
        title=version.title,
        annotation=version.annotation,
        aims=version.aims,
        new_competence=version.new_competence,
        levels=tuple(level for level in Level.values if level in version.levels),
        main_specialties=tuple(one for is_main, one in named if is_main),
        other_specialties=tuple(one for is_main, one in named if not is_main),
        hours=version.hours,
        form=version.form,
        bases=tuple(base for base in Basis.values if base in version.bases),
        distance=version.distance,
        e_learning=version.e_learning,
        internship=version.internship,
        simulation=version.simulation,
        network=version.network,
        basic_model=version.basic_model,
        minutes=version.minutes,
        sponsor_minutes=version.sponsor_minutes,
        credits=version.credits,
        event_kind=version.event_kind,
        begins_at=version.begins_at,
        ends_at=version.ends_at,
        zone=version.zone,
        on_site=version.on_site,
        online=version.online,
        region=version.region_id or "",
        place=version.place,
        link=version.link,
        presence=version.presence,
        presence_percent=version.presence_percent,
        seats=version.seats,
        price_rub=version.price_rub,
        teachers=tuple(
            TeacherFacts(name=row.name, post=row.post)
            for row in sorted(version.teachers.all(), key=lambda row: row.position)
        ),
    )


def specialty_facts(specialty: Specialty) -> SpecialtyFacts:
    """A specialty as the rules look at it."""
    return SpecialtyFacts(
        pk=specialty.pk, name=specialty.name, level=specialty.level, valid_until_on=specialty.valid_until_on
    )


def in_dictionary(name: str) -> str:
    """The name as it is sorted: ё stands with е."""
    return name.lower().replace("ё", "е")


def specialties_to_choose(on: dt.date, chosen: Iterable[int]) -> list[SpecialtyFacts]:
    """The specialties in force on a day by level and name, and the chosen ones even when they are not any more."""
    found = [specialty_facts(row) for level in Level.values for row in specialties_on(level, on)]
    missing = set(chosen) - {one.pk for one in found}
    return found + [specialty_facts(row) for row in Specialty.objects.filter(pk__in=missing)]


def known_values(regions: Collection[str]) -> dict[str, Collection[str]]:
    """The values of the reference lists that a version may name; of the regions those among `regions` that exist."""
    named = set(filter(None, regions))
    found = Region.objects.filter(code__in=named).values_list("code", flat=True) if named else ()
    return {"levels": Level.values, "zone": ZONES, "region": set(found)}


def open_remarks_of(version: Version) -> QuerySet[Remark]:
    """Remarks that wait to be put right, in the order they were made."""
    return Remark.objects.filter(version=version, settled_at=None).order_by("at", "pk")


def remarks_of(version: Version) -> QuerySet[Remark]:
    """All remarks at a version, the newest first."""
    return Remark.objects.filter(version=version).select_related("by").order_by("-at", "-pk")


def steps_of(item: Item) -> QuerySet[VersionStep]:
    """The history of an item across its versions, the newest first."""
    rows = VersionStep.objects.filter(version__item=item).select_related("version", "by")
    return rows.order_by("-at", "-pk")


def runs_of(item: Item) -> QuerySet[Run]:
    """The runs of a programme by their first day."""
    return Run.objects.filter(item=item).select_related("region", "version").order_by("begins_on", "pk")


def run_facts_of(run: Run) -> RunFacts:
    """What its authors said of a run, as plain values."""
    return RunFacts(
        begins_on=run.begins_on,
        ends_on=run.ends_on,
        apply_until_on=run.apply_until_on,
        seats=run.seats,
        region=run.region_id or "",
        place=run.place,
        bases=tuple(base for base in Basis.values if base in run.bases),
        price_rub=run.price_rub,
    )


def runs_of_organisation(organisation: Organisation, *, tab: str, today: dt.date) -> QuerySet[Run]:
    """Runs of all programmes: the `open` ones by their first day; `past` and `cancelled` ones from the end."""
    rows = Run.objects.filter(item__organisation=organisation).select_related("region", "version")
    rows = rows.defer(*(f"version__{name}" for name in _LONG))
    if tab == RunState.CANCELLED:
        return rows.filter(state=RunState.CANCELLED).order_by("-begins_on", "-pk")
    rows = rows.exclude(state=RunState.CANCELLED)
    if tab == "past":
        return rows.filter(ends_on__lt=today).order_by("-begins_on", "-pk")
    return rows.filter(ends_on__gte=today).order_by("begins_on", "pk")


def counts_of_runs(organisation: Organisation, *, today: dt.date) -> Mapping[str, int]:
    """How many runs stand in each tab."""
    cancelled, over = Q(state=RunState.CANCELLED), Q(ends_on__lt=today)
    return Run.objects.filter(item__organisation=organisation).aggregate(
        open=Count("pk", filter=~cancelled & ~over),
        past=Count("pk", filter=~cancelled & over),
        cancelled=Count("pk", filter=cancelled),
    )


def imports_of(organisation: Organisation) -> QuerySet[Import]:
    """An organisation's imports, the newest first."""
    return Import.objects.filter(organisation=organisation).select_related("by").order_by("-pk")


def report_of(batch: Import, outcome: str = "") -> QuerySet[ImportRow]:
    """What became of the rows of a file, in its order; of one outcome or of all."""
    rows = ImportRow.objects.filter(batch=batch).order_by("line")
    return rows.filter(outcome=outcome) if outcome else rows


def counts_of_report(batch: Import) -> Mapping[str, int]:
    """How many rows there are of each outcome, and in all."""
    outcomes = {str(one): Count("pk", filter=Q(outcome=one)) for one in ImportRow.Outcome}
    return ImportRow.objects.filter(batch=batch).aggregate(all=Count("pk"), **outcomes)


def waiting_versions(kind: str = "") -> QuerySet[Version]:
    """The operator's queue: what waits for a review, the most urgent first."""
    rows = Version.objects.filter(state=VersionState.SUBMITTED)
    if kind:
        rows = rows.filter(item__kind=kind)
    rows = rows.defer(*_LONG).select_related("item__organisation", "submitted_by", "taken_by")
    return rows.order_by("due_on", "pk")


def counts_of_waiting(*, today: dt.date) -> Mapping[str, int]:
    """How many versions wait: of each kind, in all, and overdue."""
    kinds = {str(kind): Count("pk", filter=Q(item__kind=kind)) for kind in Kind}
    return Version.objects.filter(state=VersionState.SUBMITTED).aggregate(
        all=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)), **kinds
    )


def decisions_about_versions(since: dt.datetime) -> QuerySet[VersionStep]:
    """Versions published or returned since a moment: a row for each decision."""
    decided = [VersionState.PUBLISHED, VersionState.RETURNED]
    return VersionStep.objects.filter(state__in=decided, at__gte=since)


def versions_free_for(viewer: Account) -> QuerySet[Version]:
    """What an operator may take from the queue: nobody else has it, and no organisation that they work for sent it."""
    own = Member.objects.filter(account=viewer, left_at=None).values("organisation")
    free = Q(taken_by=None) | Q(taken_by=viewer)
    return waiting_versions().filter(free).exclude(item__organisation__in=own)


def next_waiting_after(version: Version, viewer: Account) -> Version | None:
    """What comes after a version in the queue, from its beginning when it was the last.

    Never what somebody has taken, and nothing of organisations that the viewer works for.
    """
    free = versions_free_for(viewer).filter(taken_by=None).exclude(pk=version.pk)
    later = Q(due_on__gt=version.due_on) | Q(due_on=version.due_on, pk__gt=version.pk)
    return free.filter(later).first() or free.first()


def snils_with_a_part(item: Item, version: Version | None) -> set[str]:
    """Who cannot decide about a version: everybody of the organisation, and whoever wrote or submitted it."""
    members = Member.objects.filter(organisation_id=item.organisation_id, left_at=None).select_related("account")
    found = {member.account.snils for member in members}
    if version is not None:
        submitted = VersionStep.objects.filter(version=version, state=VersionState.SUBMITTED)
        wrote = [version.created_by_id, version.saved_by_id, version.submitted_by_id]
        wrote += submitted.values_list("by_id", flat=True)
        found |= {person.snils for person in Account.objects.filter(pk__in=[pk for pk in wrote if pk is not None])}
    return found


def version_to_review(pk: int) -> Version | None:
    """A version that an operator may look at: it waits, was returned, or was published. Drafts are the authors' own."""
    seen = [VersionState.SUBMITTED, VersionState.RETURNED, VersionState.PUBLISHED, VersionState.SUPERSEDED]
    rows = whole(Version.objects.filter(pk=pk, state__in=seen))
    return rows.select_related(
        "item__organisation__region", "region", "submitted_by", "saved_by", "taken_by", "decided_by"
    ).first()


def published_items(words: str = "") -> QuerySet[Item]:
    """What stands, or stood, in the catalogue, for the operator, newest first: by words of title or organisation."""
    rows = Item.objects.exclude(state=ItemState.DRAFT).select_related("organisation", "search_row").order_by("-pk")
    if words:
        plain = Func(Value(words), function="catalogue_plain", output_field=TextField())
        rows = rows.filter(search_row__words=SearchQuery(plain, config="pg_catalog.russian"))
    return rows


def searches_of(account: Account) -> QuerySet[SavedSearch]:
    """The searches somebody keeps, the last saved first."""
    return SavedSearch.objects.filter(account=account).order_by("-created_at", "-pk")


def awaited_by(account: Account) -> QuerySet[AwaitedRun]:
    """The programmes whose runs somebody waits for, the last asked first."""
    return AwaitedRun.objects.filter(account=account).select_related("item").order_by("-asked_at", "-pk")


def open_runs(today: dt.date) -> QuerySet[Run]:
    """Runs that take applications: `rules.is_open` as a statement, of programmes that are in the catalogue."""
    free = Q(seats=None) | Q(seats__gt=F("taken"))
    return Run.objects.filter(
        free, state=RunState.OPEN, apply_until_on__gte=today, item__state=ItemState.PUBLISHED
    ).order_by("begins_on", "pk")


def is_awaited(account: Account, item_id: int) -> bool:
    """Whether somebody waits for a run of a programme."""
    return AwaitedRun.objects.filter(account=account, item_id=item_id).exists()


def kept_by(account: Account) -> dict[str, list[dict[str, str]]]:
    """What somebody keeps in the catalogue, as plain values (P7)."""
    return {
        "saved_searches": [
            {
                "name": row.name,
                "query": row.query,
                "letters": "" if row.stopped_at else row.every,
                "created_at": row.created_at.isoformat(),
            }
            for row in searches_of(account)
        ],
        "awaited_runs": [
            {"item": row.title, "asked_at": row.asked_at.isoformat()}
            for row in awaited_by(account).annotate(title=F("item__search_row__title"))
        ],
    }
