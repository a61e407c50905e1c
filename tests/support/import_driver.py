"""Somebody of an organisation beside a running portal, in a process of its own: reads commands, answers in JSON lines.

`send ROWS` makes an organisation and sends a file; `again PK` sends it once more; `write PK`; `state PK`; `result PK`:
everything that came of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import django

django.setup()

from django.utils import timezone  # noqa: E402 - after set-up

from foundation.files.operations import read_file  # noqa: E402
from nmfo.catalogue.models import Import, Item, Run, Version  # noqa: E402
from nmfo.catalogue.operations.importing.running import begin_import, write_import  # noqa: E402
from nmfo.organisations.models import Member  # noqa: E402
from tests.builders import facts  # noqa: E402
from tests.import_builders import a_file, a_row, day  # noqa: E402
from tests.item_builders import a_writer  # noqa: E402


def send(rows: int) -> object:
    programmes = [
        a_row(Ключ=f"П-{n}", Часы=16 + n % 400, Подать="да", Начало=day(20), Конец=day(30), Регион="77")
        if n % 50
        else a_row(Ключ=f"П-{n}", Часы=5)
        for n in range(1, rows + 1)
    ]  # fmt: skip
    return begin_import(by=a_writer(), upload=a_file(*programmes), facts=facts(), now=timezone.now()).pk


def again(pk: int) -> object:
    batch = Import.objects.select_related("file").get(pk=pk)
    upload = a_file(content=read_file(batch.file))
    return begin_import(by=_sender(batch), upload=upload, facts=facts(), now=timezone.now()).pk


def _sender(batch: Import) -> Member:
    return Member.objects.select_related("account").get(organisation=batch.organisation, account=batch.by)


def write(pk: int) -> object:
    by = _sender(Import.objects.get(pk=pk))
    write_import(batch_id=pk, by=by, facts=facts(), now=timezone.now())
    return pk


def state(pk: int) -> object:
    batch = Import.objects.get(pk=pk)
    return {"state": batch.state, "done": batch.done, "rows": batch.rows}


def result(pk: int) -> object:
    batch = Import.objects.get(pk=pk)
    items = Item.objects.filter(organisation=batch.organisation)
    return {
        "counts": [batch.rows, batch.taken, batch.changed, batch.unchanged, batch.refused],
        "report": list(batch.report.order_by("line").values_list("line", "outcome", "reason", "written")),
        "items": list(items.order_by("source_key").values_list("source_key", "state")),
        "versions": list(
            Version.objects.filter(item__in=items)
            .order_by("item__source_key", "number")
            .values_list("item__source_key", "number", "state", "revision", "title", "hours")
        ),
        "steps": Version.objects.filter(item__in=items, steps__isnull=False).count(),
        "runs": list(
            Run.objects.filter(item__in=items)
            .order_by("item__source_key")
            .values_list("item__source_key", "source_key", "seats")
        ),
    }


COMMANDS: dict[str, Callable[[int], object]] = {
    "send": send,
    "again": again,
    "write": write,
    "state": state,
    "result": result,
}
for line in sys.stdin:
    name, number = line.split()
    sys.stdout.write(json.dumps(COMMANDS[name](int(number))) + "\n")
    sys.stdout.flush()
