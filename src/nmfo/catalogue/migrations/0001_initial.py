import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_role_of_organisations"),
        ("files", "0003_holders_are_asked_for"),
        ("organisations", "0001_initial"),
        ("reference", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField(help_text="As the spreadsheet counts")),
                ("key", models.CharField(blank=True, max_length=80)),
                ("title", models.CharField(blank=True, max_length=300)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("taken", "Taken"),
                            ("changed", "Changed"),
                            ("unchanged", "Unchanged"),
                            ("refused", "Refused"),
                        ],
                        max_length=9,
                    ),
                ),
                ("column", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("written", models.BooleanField(default=False, help_text="False: what a check foresees")),
            ],
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("programme", "Programme"), ("event", "Event"), ("module", "Module")], max_length=9
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Not published yet"),
                            ("published", "Published"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                (
                    "source_key",
                    models.CharField(
                        blank=True,
                        help_text="The organisation's own key: an import finds the item by it",
                        max_length=80,
                    ),
                ),
                (
                    "accredited",
                    models.BooleanField(default=False, help_text="«Аккредитовано Советом»; set by the operator"),
                ),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_reason", models.CharField(blank=True, help_text="Shown on the card", max_length=1000)),
                ("created_at", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(blank=True, help_text="Empty: about the whole", max_length=30)),
                ("text", models.CharField(max_length=2000)),
                ("at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(help_text="When the next decision was made", null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begins_on", models.DateField()),
                ("ends_on", models.DateField(help_text="Inclusive")),
                ("apply_until_on", models.DateField(help_text="Inclusive")),
                ("seats", models.PositiveIntegerField(help_text="Empty: without a limit", null=True)),
                ("taken", models.PositiveIntegerField(default=0)),
                ("place", models.CharField(blank=True, max_length=300)),
                (
                    "bases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("budget", "State budget"),
                                ("contract", "Contract"),
                                ("certificate", "Educational certificate"),
                            ],
                            max_length=11,
                        ),
                        size=None,
                    ),
                ),
                ("price_rub", models.PositiveIntegerField(help_text="For the contract; 0: free", null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Takes applications"),
                            ("closed", "Closed for applications"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="Why it was cancelled", max_length=1000)),
                ("source_key", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("query", models.CharField(help_text="The address's query, in its one writing", max_length=2000)),
                ("every", models.CharField(choices=[("day", "Day"), ("week", "Week")], default="week", max_length=4)),
                ("created_at", models.DateTimeField()),
                ("looked_at", models.DateTimeField(help_text="Items published later are new")),
                ("next_on", models.DateField()),
                ("stopped_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Synonym",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        help_text="Each a word or a few; the first is the usual one",
                        size=None,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Under review"),
                            ("returned", "Returned for corrections"),
                            ("published", "Published"),
                            ("superseded", "Replaced by a newer version"),
                            ("dropped", "Given up"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "revision",
                    models.PositiveIntegerField(
                        default=0, help_text="Grows with each saving: two editors notice each other"
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=300)),
                ("annotation", models.TextField(blank=True, help_text="Markdown", max_length=20000)),
                ("aims", models.TextField(blank=True, help_text="Markdown: aims and outcomes", max_length=10000)),
                (
                    "new_competence",
                    models.TextField(blank=True, help_text="«Новая компетенция»; empty: none", max_length=4000),
                ),
                (
                    "levels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("higher", "Higher education"), ("secondary", "Secondary education")], max_length=9
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("credits", models.PositiveSmallIntegerField(null=True)),
                ("price_rub", models.PositiveIntegerField(null=True)),
                (
                    "distance",
                    models.BooleanField(default=False, help_text="ДОТ: дистанционные образовательные технологии"),
                ),
                ("e_learning", models.BooleanField(default=False, help_text="Электронное обучение")),
                ("internship", models.BooleanField(default=False, help_text="Стажировка")),
                ("simulation", models.BooleanField(default=False, help_text="Симуляционное обучение")),
                ("network", models.BooleanField(default=False, help_text="Сетевая форма")),
                (
                    "basic_model",
                    models.BooleanField(default=False, help_text="Модель отработки основных принципов НМО, order 837"),
                ),
                ("hours", models.PositiveSmallIntegerField(null=True)),
                (
                    "form",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("full_time", "Full-time"),
                            ("part_time", "Full-time and by correspondence"),
                            ("correspondence", "By correspondence"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "bases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("budget", "State budget"),
                                ("contract", "Contract"),
                                ("certificate", "Educational certificate"),
                            ],
                            max_length=11,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        help_text="Teaching without sponsors' reports; study of a module", null=True
                    ),
                ),
                (
                    "event_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("conference", "Conference"),
                            ("congress", "Congress"),
                            ("seminar", "Seminar"),
                            ("workshop", "Master class"),
                            ("school", "School"),
                            ("webinar", "Webinar"),
                        ],
                        max_length=10,
                    ),
                ),
                ("begins_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                (
                    "zone",
                    models.CharField(
                        blank=True, help_text="IANA time zone that the event is announced in", max_length=40
                    ),
                ),
                ("on_site", models.BooleanField(default=False)),
                ("online", models.BooleanField(default=False)),
                ("place", models.CharField(blank=True, max_length=300)),
                ("link", models.URLField(blank=True, max_length=300)),
                (
                    "sponsor_minutes",
                    models.PositiveIntegerField(default=0, help_text="Reports of sponsors; they give no credits"),
                ),
                (
                    "presence",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("list", "List on the spot"),
                            ("badge", "Scan of the badge"),
                            ("windows", "Confirmation windows during the broadcast"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "presence_percent",
                    models.PositiveSmallIntegerField(help_text="Share of the minutes that is enough", null=True),
                ),
                ("seats", models.PositiveIntegerField(help_text="Of an event; empty: without a limit", null=True)),
                ("created_at", models.DateTimeField()),
                ("saved_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("due_on", models.DateField(help_text="Last day of the review, inclusive", null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decision",
                    models.CharField(blank=True, help_text="The operator's words to the organisation", max_length=4000),
                ),
                ("published_at", models.DateTimeField(null=True)),
                ("superseded_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="VersionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="VersionSpecialty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_main", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="VersionStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Under review"),
                            ("returned", "Returned for corrections"),
                            ("published", "Published"),
                            ("superseded", "Replaced by a newer version"),
                            ("dropped", "Given up"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=4000)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="VersionTeacher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("post", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "Checking"),
                            ("checked", "Checked"),
                            ("writing", "Writing"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="checking",
                        max_length=9,
                    ),
                ),
                (
                    "trouble",
                    models.CharField(blank=True, help_text="Why the whole file cannot be taken", max_length=1000),
                ),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("rows", models.PositiveIntegerField(default=0, help_text="Rows of the file, empty ones left out")),
                ("done", models.PositiveIntegerField(default=0, help_text="Rows looked at in the present pass")),
                ("taken", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="import",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="organisations.organisation"
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="report", to="catalogue.import"
            ),
        ),
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="search_row",
                        serialize=False,
                        to="catalogue.item",
                    ),
                ),
                ("transaction", models.BigIntegerField(db_index=True)),
                ("listed", models.BooleanField(help_text="Published and not withdrawn")),
                (
                    "kind",
                    models.CharField(
                        choices=[("programme", "Programme"), ("event", "Event"), ("module", "Module")], max_length=9
                    ),
                ),
                ("title", models.CharField(max_length=300)),
                (
                    "brief",
                    models.CharField(
                        blank=True, help_text="The beginning of the annotation, without marks", max_length=300
                    ),
                ),
                ("organisation_name", models.CharField(max_length=120)),
                (
                    "levels",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=9), size=None),
                ),
                (
                    "main_specialties",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "other_specialties",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "specialty_names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=160), help_text="Of the main ones, as shown", size=None
                    ),
                ),
                ("form", models.CharField(blank=True, max_length=14)),
                ("event_kind", models.CharField(blank=True, max_length=10)),
                (
                    "bases",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=11), size=None),
                ),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), help_text="Codes of where it is taught", size=None
                    ),
                ),
                ("credits", models.PositiveSmallIntegerField()),
                ("minutes", models.PositiveIntegerField(null=True)),
                (
                    "price_rub",
                    models.PositiveIntegerField(help_text="The lowest one; 0: free; empty: not said", null=True),
                ),
                (
                    "starts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        help_text="First days of the runs not cancelled, or of the event; in order",
                        size=None,
                    ),
                ),
                (
                    "apply_until",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), help_text="Last days to apply, as `starts`", size=None
                    ),
                ),
                (
                    "free_seats",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        help_text="As `starts`; -1: without a limit; 0: none or closed",
                        size=None,
                    ),
                ),
                ("begins_at", models.DateTimeField(help_text="Of an event", null=True)),
                ("zone", models.CharField(blank=True, max_length=40)),
                ("distance", models.BooleanField()),
                ("internship", models.BooleanField()),
                ("simulation", models.BooleanField()),
                ("network", models.BooleanField()),
                ("basic_model", models.BooleanField()),
                ("new_competence", models.BooleanField()),
                ("accredited", models.BooleanField()),
                ("popularity", models.PositiveIntegerField(help_text="Seats taken in all its runs")),
                ("published_at", models.DateTimeField(null=True)),
                ("title_words", django.contrib.postgres.search.SearchVectorField(help_text="Words of the title")),
                (
                    "words",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="Words of title, organisation, specialties, annotation, competences"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="item",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="items", to="organisations.organisation"
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="withdrawn_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="item",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.item"
            ),
        ),
        migrations.AddField(
            model_name="remark",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="catalogue.item"
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="region",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="reference.region"),
        ),
        migrations.AddField(
            model_name="savedsearch",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="synonym",
            name="changed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="catalogue.item"
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="region",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="reference.region"),
        ),
        migrations.AddField(
            model_name="version",
            name="saved_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="submitted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="taken_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="catalogue.version"
            ),
        ),
        migrations.AddField(
            model_name="remark",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to="catalogue.version"
            ),
        ),
        migrations.AddField(
            model_name="versionfile",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="versionfile",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="files", to="catalogue.version"
            ),
        ),
        migrations.AddField(
            model_name="versionspecialty",
            name="specialty",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="reference.specialty"),
        ),
        migrations.AddField(
            model_name="versionspecialty",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="specialty_rows", to="catalogue.version"
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="specialties",
            field=models.ManyToManyField(
                related_name="+", through="catalogue.VersionSpecialty", to="reference.specialty"
            ),
        ),
        migrations.AddField(
            model_name="versionstep",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="versionstep",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="catalogue.version"
            ),
        ),
        migrations.AddField(
            model_name="versionteacher",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="teachers", to="catalogue.version"
            ),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["organisation", "-id"], name="catalogue_imports_of"),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["checking", "checked", "writing", "done", "failed", "cancelled"])),
                name="catalogue_import_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True),
                    models.Q(
                        (
                            "rows",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("taken"), "+", models.F("changed")
                                    ),
                                    "+",
                                    models.F("unchanged"),
                                ),
                                "+",
                                models.F("refused"),
                            ),
                        ),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="catalogue_import_balances",
            ),
        ),
        migrations.AddField(
            model_name="searchrow",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
            ),
        ),
        migrations.AddField(
            model_name="searchrow",
            name="version",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.version"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["organisation", "kind", "-id"], name="catalogue_items_of"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["programme", "event", "module"])), name="catalogue_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "published", "withdrawn"])),
                name="catalogue_item_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("state", "withdrawn"), _negated=True), ("withdrawn_at", None)),
                    models.Q(
                        ("state", "withdrawn"),
                        ("withdrawn_at__isnull", False),
                        models.Q(("withdrawn_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="catalogue_withdrawn_items_say_when_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source_key", ""), _negated=True),
                fields=("organisation", "kind", "source_key"),
                name="catalogue_a_source_key_is_one_item",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("batch", "line"), name="catalogue_import_rows_are_told_once"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["taken", "changed", "unchanged", "refused"])),
                name="catalogue_import_outcome_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="savedsearch",
            index=models.Index(
                condition=models.Q(("stopped_at", None)), fields=["next_on"], name="catalogue_searches_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedsearch",
            constraint=models.CheckConstraint(
                condition=models.Q(("every__in", ["day", "week"])), name="catalogue_search_rhythm_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedsearch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stopped_at", None)),
                fields=("account", "query"),
                name="catalogue_a_search_is_saved_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="synonym",
            constraint=models.CheckConstraint(
                condition=models.Q(("words__len__gte", 2)), name="catalogue_synonyms_are_two_at_least"
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["item", "begins_on"], name="catalogue_runs_of"),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "closed", "cancelled"])), name="catalogue_run_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("begins_on"))), name="catalogue_run_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("apply_until_on__lte", models.F("begins_on"))),
                name="catalogue_run_takes_applications_before",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("seats", None), ("taken__lte", models.F("seats")), _connector="OR"),
                name="catalogue_run_has_the_seats_it_gave",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("bases__contained_by", ["budget", "contract", "certificate"]), ("bases__len__gte", 1)
                ),
                name="catalogue_run_bases_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "cancelled"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="catalogue_cancelled_runs_say_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source_key", ""), _negated=True),
                fields=("item", "source_key"),
                name="catalogue_a_source_key_is_one_run",
            ),
        ),
        migrations.AddIndex(
            model_name="remark",
            index=models.Index(fields=["version", "at"], name="catalogue_remarks_of"),
        ),
        migrations.AddConstraint(
            model_name="versionfile",
            constraint=models.UniqueConstraint(fields=("version", "file"), name="catalogue_a_file_once"),
        ),
        migrations.AddConstraint(
            model_name="versionspecialty",
            constraint=models.UniqueConstraint(fields=("version", "specialty"), name="catalogue_a_specialty_once"),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(
                condition=models.Q(("state", "submitted")), fields=["due_on", "id"], name="catalogue_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(fields=("item", "number"), name="catalogue_versions_are_numbered"),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "returned"])),
                fields=("item",),
                name="catalogue_one_version_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")), fields=("item",), name="catalogue_one_published_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "submitted", "returned", "published", "superseded", "dropped"])
                ),
                name="catalogue_version_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("form", ""), ("form__in", ["full_time", "part_time", "correspondence"]), _connector="OR"
                ),
                name="catalogue_form_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("bases__contained_by", ["budget", "contract", "certificate"])),
                name="catalogue_bases_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("levels__contained_by", ["higher", "secondary"])), name="catalogue_levels_are_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("event_kind", ""),
                    ("event_kind__in", ["conference", "congress", "seminar", "workshop", "school", "webinar"]),
                    _connector="OR",
                ),
                name="catalogue_event_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("presence", ""), ("presence__in", ["list", "badge", "windows"]), _connector="OR"),
                name="catalogue_presence_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("presence_percent", None),
                    models.Q(("presence_percent__gte", 1), ("presence_percent__lte", 100)),
                    _connector="OR",
                ),
                name="catalogue_presence_percent_is_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours", None), models.Q(("hours__gte", 16), ("hours__lte", 500)), _connector="OR"),
                name="catalogue_hours_are_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("begins_at", None), ("ends_at", None), ("ends_at__gt", models.F("begins_at")), _connector="OR"
                ),
                name="catalogue_event_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_at", None),
                    models.Q(("credits__gte", 1), models.Q(("title", ""), _negated=True)),
                    _connector="OR",
                ),
                name="catalogue_published_versions_are_worth_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", False), ("state__in", ["published", "superseded"])),
                    models.Q(
                        models.Q(("state__in", ["published", "superseded"]), _negated=True), ("published_at", None)
                    ),
                    _connector="OR",
                ),
                name="catalogue_published_versions_have_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "submitted"), _negated=True),
                    models.Q(("due_on__isnull", False), ("submitted_at__isnull", False)),
                    _connector="OR",
                ),
                name="catalogue_submitted_versions_have_a_term",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "returned"), _negated=True),
                    models.Q(models.Q(("decision", ""), _negated=True), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="catalogue_returned_versions_say_who_and_why",
            ),
        ),
        migrations.AddIndex(
            model_name="versionstep",
            index=models.Index(fields=["version", "at"], name="catalogue_steps_of"),
        ),
        migrations.AddConstraint(
            model_name="versionteacher",
            constraint=models.UniqueConstraint(
                fields=("version", "position"), name="catalogue_teachers_stand_in_order"
            ),
        ),
        migrations.AddIndex(
            model_name="searchrow",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="catalogue_search_words"),
        ),
        migrations.AddIndex(
            model_name="searchrow",
            index=models.Index(
                condition=models.Q(("listed", True)), fields=["organisation"], name="catalogue_search_organisation"
            ),
        ),
        migrations.AddConstraint(
            model_name="searchrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["programme", "event", "module"])),
                name="catalogue_search_kind_is_known",
            ),
        ),
    ]
