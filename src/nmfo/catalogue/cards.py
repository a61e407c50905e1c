"""What a card says of an item: plain values, the same for the catalogue, for authors with a draft, for reviewers.

A draft may be incomplete, so everything but the kind may be empty. Texts are Markdown as they were written; pages make
them safe (`nmfo.web.parts.markdown`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from nmfo.catalogue.fields import names_of
from nmfo.catalogue.models import Run, Version
from nmfo.catalogue.places import place_in_words
from nmfo.catalogue.queries import facts_of
from nmfo.catalogue.rules.versions import TeacherFacts
from nmfo.catalogue.rules.words import RunState
from nmfo.organisations.rules import LicenceState
from nmfo.reference.naming import specialties_in_a_line


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile:
    """A document of a card. `pk` is that of the row that joins it to the version."""

    pk: int
    title: str
    size_bytes: int
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRun:
    """A run on a card. Days are inclusive; `free` None is without a limit; `price_rub` None not said, 0 free.

    `is_full`: it would take applications if it had a seat; one may join its waiting list.
    """

    pk: int
    begins_on: dt.date
    ends_on: dt.date
    apply_until_on: dt.date
    seats: int | None
    free: int | None
    region: str
    place: str
    bases: tuple[str, ...]
    price_rub: int | None
    is_open: bool
    is_full: bool
    is_cancelled: bool
    reason: str

    @property
    def where(self) -> str:
        """Its place in a line."""
        return place_in_words(self.region, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOrganisation:
    """Who teaches."""

    pk: int
    name: str
    short_name: str
    region: str
    licence_number: str
    licence_until_on: dt.date | None
    licence_state: str
    licence_label: str
    site: str
    email: str
    phone: str

    @property
    def has_valid_licence(self) -> bool:
        """Whether people may apply there (P-06)."""
        return self.licence_state == LicenceState.VALID


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A card. Names of choices are in words of the language it was made in; times are aware, `zone` is IANA."""

    item_id: int
    version_id: int
    number: int
    kind: str
    kind_label: str
    state: str
    version_state: str
    title: str
    annotation: str
    aims: str
    new_competence: str
    levels: tuple[str, ...]
    main_specialties: str
    other_specialties: str
    credits: int | None
    hours: int | None
    form: str
    bases: tuple[str, ...]
    price_rub: int | None
    distance: bool
    e_learning: bool
    internship: bool
    simulation: bool
    network: bool
    basic_model: bool
    minutes: int | None
    sponsor_minutes: int
    event_kind: str
    begins_at: dt.datetime | None
    ends_at: dt.datetime | None
    zone: str
    on_site: bool
    online: bool
    region: str
    place: str
    link: str
    presence: str
    presence_label: str
    presence_percent: int | None
    seats: int | None
    teachers: tuple[TeacherFacts, ...]
    files: tuple[CardFile, ...]
    runs: tuple[CardRun, ...]
    organisation: CardOrganisation
    accredited: bool
    published_at: dt.datetime | None
    withdrawn_at: dt.datetime | None
    withdrawn_reason: str


def card_of(version: Version, runs: Iterable[Run], *, today: dt.date) -> CardFacts:
    """The card of a version of `queries.whole`, with the item's runs. Makes no query of its own then."""
    facts, item = facts_of(version), version.item
    organisation = item.organisation
    return CardFacts(
        item_id=item.pk,
        version_id=version.pk,
        number=version.number,
        kind=item.kind,
        kind_label=item.get_kind_display(),
        state=item.state,
        version_state=version.state,
        title=facts.title,
        annotation=facts.annotation,
        aims=facts.aims,
        new_competence=facts.new_competence,
        levels=tuple(names_of("levels", facts.levels)),
        main_specialties=specialties_in_a_line(one.name for one in facts.main_specialties),
        other_specialties=specialties_in_a_line(one.name for one in facts.other_specialties),
        credits=facts.credits,
        hours=facts.hours,
        form=version.get_form_display(),
        bases=tuple(names_of("bases", facts.bases)),
        price_rub=facts.price_rub,
        distance=facts.distance,
        e_learning=facts.e_learning,
        internship=facts.internship,
        simulation=facts.simulation,
        network=facts.network,
        basic_model=facts.basic_model,
        minutes=facts.minutes,
        sponsor_minutes=facts.sponsor_minutes,
        event_kind=version.get_event_kind_display(),
        begins_at=facts.begins_at,
        ends_at=facts.ends_at,
        zone=facts.zone,
        on_site=facts.on_site,
        online=facts.online,
        region=version.region.name if version.region else "",
        place=facts.place,
        link=facts.link,
        presence=facts.presence,
        presence_label=version.get_presence_display(),
        presence_percent=facts.presence_percent,
        seats=facts.seats,
        teachers=facts.teachers,
        files=tuple(
            CardFile(pk=row.pk, title=row.title, size_bytes=row.file.size_bytes, content_type=row.file.content_type)
            for row in version.files.all()
        ),
        runs=tuple(_run(run, today) for run in runs),
        organisation=CardOrganisation(
            pk=organisation.pk,
            name=organisation.name,
            short_name=organisation.short_name,
            region=organisation.region.name,
            licence_number=organisation.licence_number,
            licence_until_on=organisation.licence_until_on,
            licence_state=organisation.licence_state,
            licence_label=organisation.get_licence_state_display(),
            site=organisation.site,
            email=organisation.public_email,
            phone=organisation.public_phone,
        ),
        accredited=item.accredited,
        published_at=version.published_at,
        withdrawn_at=item.withdrawn_at,
        withdrawn_reason=item.withdrawn_reason,
    )


def _run(run: Run, today: dt.date) -> CardRun:
    return CardRun(
        pk=run.pk,
        begins_on=run.begins_on,
        ends_on=run.ends_on,
        apply_until_on=run.apply_until_on,
        seats=run.seats,
        free=None if run.seats is None else run.seats - run.taken,
        region=run.region.name if run.region else "",
        place=run.place,
        bases=tuple(names_of("bases", run.bases)),
        price_rub=run.price_rub,
        is_open=run.open_on(today),
        is_full=run.waits_on(today),
        is_cancelled=run.state == RunState.CANCELLED,
        reason=run.reason,
    )
