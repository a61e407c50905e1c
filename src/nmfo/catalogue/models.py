"""Tables of the catalogue. What people see of an item is a version, and a published version never changes (A5)."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from foundation.files.models import StoredFile
from nmfo.accounts.models import Account
from nmfo.catalogue.rules.runs import is_open
from nmfo.catalogue.rules.words import (
    ACADEMIC_HOUR_MINUTES,
    LEAST_HOURS,
    LONGEST_SEARCH,
    LONGEST_SEARCH_NAME,
    MOST_HOURS,
    Basis,
    EventKind,
    Every,
    Form,
    ItemState,
    Kind,
    Presence,
    RunState,
    VersionState,
)
from nmfo.organisations.models import Organisation
from nmfo.reference.models import Level, Region, Specialty


class Item(models.Model):
    """A programme, an event or a module of an organisation: what its versions have in common."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=9, choices=Kind)
    state = models.CharField(max_length=9, choices=ItemState, default=ItemState.DRAFT)
    source_key = models.CharField(
        max_length=80, blank=True, help_text="The organisation's own key: an import finds the item by it"
    )
    form_key = models.CharField(
        max_length=64, blank=True, db_default="", help_text="Of the form that began it: a double click is one"
    )
    event_taken = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="Seats of an event that are held, as participation says; runs count their own",
    )
    accredited = models.BooleanField(default=False, help_text="«Аккредитовано Советом»; set by the operator")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.CharField(max_length=1000, blank=True, help_text="Shown on the card")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+"
    )  # empty: generated demo data
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="catalogue_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="catalogue_item_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") & Q(withdrawn_at=None)
                | Q(state="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
                name="catalogue_withdrawn_items_say_when_and_why",
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind", "source_key"],
                condition=~Q(source_key=""),
                name="catalogue_a_source_key_is_one_item",
            ),
            models.UniqueConstraint(
                fields=["organisation", "form_key"],
                condition=~Q(form_key=""),
                name="catalogue_a_form_makes_one_item",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "kind", "-id"], name="catalogue_items_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Version(models.Model):
    """One text of an item (паспорт). Columns of other kinds stay empty; a trigger keeps published ones as they are.

    Units: `hours` academic, `minutes` of 60 seconds, `credits` ЗЕТ, `price_rub` whole roubles (0: free, empty: by the
    run or not said).
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    revision = models.PositiveIntegerField(default=0, help_text="Grows with each saving: two editors notice each other")
    title = models.CharField(max_length=300, blank=True)
    annotation = models.TextField(max_length=20_000, blank=True, help_text="Markdown")
    aims = models.TextField(max_length=10_000, blank=True, help_text="Markdown: aims and outcomes")
    new_competence = models.TextField(max_length=4000, blank=True, help_text="«Новая компетенция»; empty: none")
    levels = ArrayField(models.CharField(max_length=9, choices=Level), default=list, blank=True)
    credits = models.PositiveSmallIntegerField(null=True)
    price_rub = models.PositiveIntegerField(null=True)
    distance = models.BooleanField(default=False, help_text="ДОТ: дистанционные образовательные технологии")
    e_learning = models.BooleanField(default=False, help_text="Электронное обучение")
    internship = models.BooleanField(default=False, help_text="Стажировка")
    simulation = models.BooleanField(default=False, help_text="Симуляционное обучение")
    network = models.BooleanField(default=False, help_text="Сетевая форма")
    basic_model = models.BooleanField(default=False, help_text="Модель отработки основных принципов НМО, order 837")
    # programme
    hours = models.PositiveSmallIntegerField(null=True)
    form = models.CharField(max_length=14, choices=Form, blank=True)
    bases = ArrayField(models.CharField(max_length=11, choices=Basis), default=list, blank=True)
    # event and module
    minutes = models.PositiveIntegerField(null=True, help_text="Teaching without sponsors' reports; study of a module")
    # event
    event_kind = models.CharField(max_length=10, choices=EventKind, blank=True)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=40, blank=True, help_text="IANA time zone that the event is announced in")
    on_site = models.BooleanField(default=False)
    online = models.BooleanField(default=False)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)  # a list's row is never deleted
    place = models.CharField(max_length=300, blank=True)
    link = models.URLField(max_length=300, blank=True)
    sponsor_minutes = models.PositiveIntegerField(default=0, help_text="Reports of sponsors; they give no credits")
    presence = models.CharField(max_length=7, choices=Presence, blank=True)
    presence_percent = models.PositiveSmallIntegerField(null=True, help_text="Share of the minutes that is enough")
    seats = models.PositiveIntegerField(null=True, help_text="Of an event; empty: without a limit")
    # its way
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True, help_text="Last day of the review, inclusive")
    taken_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=4000, blank=True, help_text="The operator's words to the organisation")
    published_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    specialties = models.ManyToManyField(Specialty, through="VersionSpecialty", related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="catalogue_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=["draft", "submitted", "returned"]),
                name="catalogue_one_version_under_way",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="published"), name="catalogue_one_published_version"
            ),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="catalogue_version_state_is_known"),
            models.CheckConstraint(condition=Q(form="") | Q(form__in=Form.values), name="catalogue_form_is_known"),
            models.CheckConstraint(condition=Q(bases__contained_by=Basis.values), name="catalogue_bases_are_known"),
            models.CheckConstraint(condition=Q(levels__contained_by=Level.values), name="catalogue_levels_are_known"),
            models.CheckConstraint(
                condition=Q(event_kind="") | Q(event_kind__in=EventKind.values),
                name="catalogue_event_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(presence="") | Q(presence__in=Presence.values), name="catalogue_presence_is_known"
            ),
            models.CheckConstraint(
                condition=Q(presence_percent=None) | Q(presence_percent__gte=1, presence_percent__lte=100),
                name="catalogue_presence_percent_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(hours=None) | Q(hours__gte=LEAST_HOURS, hours__lte=MOST_HOURS),
                name="catalogue_hours_are_in_range",
            ),
            models.CheckConstraint(
                condition=Q(hours=None) | Q(credits=None) | Q(credits=F("hours")),
                name="catalogue_programmes_are_worth_their_hours",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(credits=None) | Q(minutes__gte=F("credits") * ACADEMIC_HOUR_MINUTES),
                name="catalogue_credits_are_backed_by_minutes",
            ),
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="catalogue_event_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(credits__gte=1) & ~Q(title=""),
                name="catalogue_published_versions_are_worth_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["published", "superseded"], published_at__isnull=False)
                | ~Q(state__in=["published", "superseded"]) & Q(published_at=None),
                name="catalogue_published_versions_have_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="submitted") | Q(submitted_at__isnull=False, due_on__isnull=False),
                name="catalogue_submitted_versions_have_a_term",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(decision="") & Q(decided_by__isnull=False),
                name="catalogue_returned_versions_say_who_and_why",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], condition=Q(state="submitted"), name="catalogue_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class VersionSpecialty(models.Model):
    """A specialty that a version is for: main or additional."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="specialty_rows")  # part of it
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT)  # a list's row is never deleted
    is_main = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "specialty"], name="catalogue_a_specialty_once"),
        ]


class VersionTeacher(models.Model):
    """Somebody who teaches, as shown on the card."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="teachers")  # part of it
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    post = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="catalogue_teachers_stand_in_order"),
        ]


class VersionFile(models.Model):
    """A document of a version: the plan of a programme, the agenda of an event."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="files")  # part of it
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")  # versions share files
    title = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "file"], name="catalogue_a_file_once")]


class Remark(models.Model):
    """What the reviewer says at a field of a version; the list of them is the authors' list of tasks."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="remarks")
    field = models.CharField(max_length=30, blank=True, help_text="Empty: about the whole")
    text = models.CharField(max_length=2000)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="When the next decision was made")

    class Meta:
        indexes = [models.Index(fields=["version", "at"], name="catalogue_remarks_of")]


class VersionStep(models.Model):
    """The history of a version: each change of its state. Append-only."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=VersionState)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=4000, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["version", "at"], name="catalogue_steps_of")]


class Run(models.Model):
    """Поток: one dated teaching of a programme. `taken` is changed by enrolment only, under this row's lock."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="runs")  # what is taught
    begins_on = models.DateField()
    ends_on = models.DateField(help_text="Inclusive")
    apply_until_on = models.DateField(help_text="Inclusive")
    seats = models.PositiveIntegerField(null=True, help_text="Empty: without a limit")
    taken = models.PositiveIntegerField(default=0)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)  # empty: wholly at a distance
    place = models.CharField(max_length=300, blank=True)
    bases = ArrayField(models.CharField(max_length=11, choices=Basis))
    price_rub = models.PositiveIntegerField(null=True, help_text="For the contract; 0: free")
    state = models.CharField(max_length=9, choices=RunState, default=RunState.OPEN)
    reason = models.CharField(max_length=1000, blank=True, help_text="Why it was cancelled")
    source_key = models.CharField(max_length=80, blank=True)
    form_key = models.CharField(
        max_length=64, blank=True, db_default="", help_text="Of the form that set it: a double click is one"
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "form_key"], condition=~Q(form_key=""), name="catalogue_a_form_makes_one_run"
            ),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="catalogue_run_state_is_known"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("begins_on")), name="catalogue_run_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(apply_until_on__lte=F("begins_on")), name="catalogue_run_takes_applications_before"
            ),
            models.CheckConstraint(
                condition=Q(seats=None) | Q(taken__lte=F("seats")), name="catalogue_run_has_the_seats_it_gave"
            ),
            models.CheckConstraint(
                condition=Q(bases__contained_by=Basis.values) & Q(bases__len__gte=1),
                name="catalogue_run_bases_are_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(reason=""), name="catalogue_cancelled_runs_say_why"
            ),
            models.UniqueConstraint(
                fields=["item", "source_key"], condition=~Q(source_key=""), name="catalogue_a_source_key_is_one_run"
            ),
        ]
        indexes = [models.Index(fields=["item", "begins_on"], name="catalogue_runs_of")]

    def open_on(self, today: dt.date) -> bool:
        """Whether it takes applications."""
        return is_open(
            state=self.state, apply_until_on=self.apply_until_on, seats=self.seats, taken=self.taken, today=today
        )

    def waits_on(self, today: dt.date) -> bool:
        """Whether it is full and would take applications otherwise. Nobody waits once the learning has begun."""
        full = self.seats is not None and self.taken >= self.seats
        return (
            full
            and today < self.begins_on
            and is_open(state=self.state, apply_until_on=self.apply_until_on, seats=None, taken=self.taken, today=today)
        )


class SearchRow(models.Model):
    """What the search knows of an item, written by `refresh_search` in the transaction that changes it.

    `transaction` lets every web process find what has changed since it looked (docs/how-it-works/search.md).
    """

    item = models.OneToOneField(Item, on_delete=models.PROTECT, primary_key=True, related_name="search_row")
    transaction = models.BigIntegerField(db_index=True)
    listed = models.BooleanField(help_text="Published and not withdrawn")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    title = models.CharField(max_length=300)
    brief = models.CharField(max_length=300, blank=True, help_text="The beginning of the annotation, without marks")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    organisation_name = models.CharField(max_length=120)
    levels = ArrayField(models.CharField(max_length=9))
    main_specialties = ArrayField(models.BigIntegerField())
    other_specialties = ArrayField(models.BigIntegerField())
    specialty_names = ArrayField(models.CharField(max_length=160), help_text="Of the main ones, as shown")
    form = models.CharField(max_length=14, blank=True)
    event_kind = models.CharField(max_length=10, blank=True)
    bases = ArrayField(models.CharField(max_length=11))
    regions = ArrayField(models.CharField(max_length=2), help_text="Codes of where it is taught")
    credits = models.PositiveSmallIntegerField()
    minutes = models.PositiveIntegerField(null=True)
    price_rub = models.PositiveIntegerField(null=True, help_text="The lowest one; 0: free; empty: not said")
    starts = ArrayField(models.DateField(), help_text="First days of the runs not cancelled, or of the event; in order")
    apply_until = ArrayField(models.DateField(), help_text="Last days to apply, as `starts`")
    free_seats = ArrayField(models.IntegerField(), help_text="As `starts`; -1: without a limit; 0: none or closed")
    begins_at = models.DateTimeField(null=True, help_text="Of an event")
    zone = models.CharField(max_length=40, blank=True)
    distance = models.BooleanField()
    internship = models.BooleanField()
    simulation = models.BooleanField()
    network = models.BooleanField()
    basic_model = models.BooleanField()
    new_competence = models.BooleanField()
    accredited = models.BooleanField()
    popularity = models.PositiveIntegerField(help_text="Seats taken in all its runs")
    published_at = models.DateTimeField(null=True)
    title_words = SearchVectorField(help_text="Words of the title")
    words = SearchVectorField(help_text="Words of title, organisation, specialties, annotation, competences")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="catalogue_search_kind_is_known"),
        ]
        indexes = [
            GinIndex(fields=["words"], name="catalogue_search_words"),
            models.Index(fields=["organisation"], condition=Q(listed=True), name="catalogue_search_organisation"),
        ]


class Synonym(models.Model):
    """Words that mean one thing: people find the item by any of them. Edited by the operator."""

    words = ArrayField(models.CharField(max_length=100), help_text="Each a word or a few; the first is the usual one")
    note = models.CharField(max_length=200, blank=True)
    shipped_key = models.CharField(
        max_length=100, blank=True, default="", help_text="Of the list that the package brings; empty: the operator's"
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(words__len__gte=2), name="catalogue_synonyms_are_two_at_least"),
            models.UniqueConstraint(
                fields=["shipped_key"], condition=~Q(shipped_key=""), name="catalogue_a_shipped_group_comes_once"
            ),
        ]


class SavedSearch(models.Model):
    """A search that its owner keeps (P-02); what it finds anew comes by letter until they stop it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # goes with the account
    name = models.CharField(max_length=LONGEST_SEARCH_NAME)
    query = models.CharField(max_length=LONGEST_SEARCH, help_text="The address's query, in its one writing")
    every = models.CharField(max_length=4, choices=Every, default=Every.WEEK)
    created_at = models.DateTimeField()
    looked_at = models.DateTimeField(help_text="Items published later are new; whole seconds")
    next_on = models.DateField(help_text="The day of the next letter, if there is something to tell")
    stopped_at = models.DateTimeField(null=True, help_text="No letters since")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(every__in=["day", "week"]), name="catalogue_search_rhythm_is_known"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(query=""), name="catalogue_saved_searches_have_name_and_query"
            ),
            models.UniqueConstraint(fields=["account", "query"], name="catalogue_a_search_is_saved_once"),
        ]
        indexes = [models.Index(fields=["next_on"], condition=Q(stopped_at=None), name="catalogue_searches_due")]


class AwaitedRun(models.Model):
    """Somebody wants to know when a programme has a run that takes applications (P-03). Gone with its letter."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # goes with the account
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")  # items are withdrawn, not deleted
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "item"], name="catalogue_a_run_is_awaited_once"),
        ]
        indexes = [models.Index(fields=["item"], name="catalogue_awaited_of")]


class Import(models.Model):
    """A file of programmes (CSV or XLSX): checked first, written when its owner says so; the counts balance."""

    class State(models.TextChoices):
        CHECKING = "checking", pgettext_lazy("import", "being checked")
        CHECKED = "checked", pgettext_lazy("import", "checked, not written yet")
        WRITING = "writing", pgettext_lazy("import", "being written")
        DONE = "done", pgettext_lazy("import", "written")
        FAILED = "failed", pgettext_lazy("import", "not taken")
        CANCELLED = "cancelled", pgettext_lazy("import", "stopped")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="imports")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State, default=State.CHECKING)
    trouble = models.CharField(max_length=1000, blank=True, help_text="Why the whole file cannot be taken")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    encoding = models.CharField(max_length=20, blank=True, db_default="", help_text="Of a CSV, as it was recognised")
    sheet = models.CharField(max_length=100, blank=True, db_default="", help_text="Of an XLSX: the one that is read")
    rows = models.PositiveIntegerField(default=0, help_text="Rows of the file, empty ones left out")
    done = models.PositiveIntegerField(default=0, help_text="Rows looked at in the present pass")
    taken = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["checking", "checked", "writing", "done", "failed", "cancelled"]),
                name="catalogue_import_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(rows=F("taken") + F("changed") + F("unchanged") + F("refused")) & Q(ended_at__isnull=False),
                name="catalogue_import_balances",
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=["checking", "checked", "writing"]),
                name="catalogue_one_import_under_way",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("rows")), name="catalogue_imports_do_not_overrun"),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(trouble=""), name="catalogue_failed_imports_say_why"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="catalogue_imports_of")]

    @property
    def is_busy(self) -> bool:
        """Whether a job is at it, or will be at once."""
        return self.state in {self.State.CHECKING, self.State.WRITING}


class ImportRow(models.Model):
    """What became of a row of a file."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", pgettext_lazy("import", "new")
        CHANGED = "changed", pgettext_lazy("import", "changed")
        UNCHANGED = "unchanged", pgettext_lazy("import", "unchanged")
        REFUSED = "refused", pgettext_lazy("import", "refused")

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="report")  # part of it
    line = models.PositiveIntegerField(help_text="As the spreadsheet counts")
    key = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome)
    column = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="+")
    written = models.BooleanField(default=False, help_text="False: what a check foresees")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="catalogue_import_rows_are_told_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["taken", "changed", "unchanged", "refused"]),
                name="catalogue_import_outcome_is_known",
            ),
        ]
