"""Everything the portal knows of a person, for the person (152-FZ, article 14; N20)."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Mapping

from foundation.audit.operations import record
from foundation.errors import TooOften
from foundation.files.models import StoredFile
from foundation.files.operations import read_file
from foundation.runtime.facts import RequestFacts
from foundation.signin import throttle
from nmfo.accounts.operations.closing import own_data
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import disputes_of, documents_of, levels_of

_AN_HOUR = 10
_HOUR_S = 3600


def export_own_data(
    *,
    specialist: Specialist,
    also: Mapping[str, object],
    files: Iterable[tuple[str, StoredFile]] = (),
    facts: RequestFacts,
    now: dt.datetime,
) -> bytes:
    """A ZIP: data.json and the person's files.

    `also` is what packages beside this one know of the person, `files` what they keep, each with its name in the ZIP.

    Raises TooOften after ten an hour: each one reads every file.
    """
    account = specialist.account
    verdict = throttle.reserve(f"export:{account.pk}", limit=_AN_HOUR, window_s=_HOUR_S, lock_s=_HOUR_S, now=now)
    if verdict.locked_until is not None:
        raise TooOften(int((verdict.locked_until - now).total_seconds()) + 1)
    record(actor_id=account.pk, action="own_data.exported", subject="account", subject_id=account.pk, facts=facts)
    listed = list(documents_of(specialist).prefetch_related("scans__file"))
    data = own_data(account) | {
        "specialist": {"about": specialist.about, "levels": list(levels_of(specialist))},
        "documents": [
            {
                "kind": item.kind,
                "trust": item.trust,
                "specialty": item.specialty.name if item.specialty else "",
                "issuer": item.issuer,
                "series": item.series,
                "number": item.number,
                "issued_on": str(item.issued_on or ""),
                "valid_until_on": str(item.valid_until_on or ""),
                "files": [scan.file.name for scan in item.scans.all()],
            }
            for item in listed
        ],
        "disputes": [
            {"row": item.row_title, "text": item.text, "state": item.state, "reason": item.reason}
            for item in disputes_of(specialist)
        ],
        **also,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        for item in listed:
            for one in item.scans.all():
                archive.writestr(f"documents/{item.pk}-{one.pk}-{one.file.name}", read_file(one.file))
        for name, file in files:
            archive.writestr(name, read_file(file))
        if specialist.photo is not None:
            archive.writestr("photo.jpg", read_file(specialist.photo))
    return out.getvalue()
