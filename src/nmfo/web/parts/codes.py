"""What an event's confirmation codes are measured by, as the organisation and the operator see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from nmfo.credits.queries.codes import allowances_of, places_of_codes
from nmfo.participation.queries import gatherings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """People of an event. `confirmed` is None while its attendance is not closed.

    `allowed` says how many may have codes or credits in all where an operator let there be more than were confirmed.
    """

    confirmed: int | None
    codes: int = 0
    credited: int = 0
    allowed: int | None = None
    at_once: bool = False

    @property
    def given(self) -> int:
        """To how many people codes or credits have gone; codes that wait for a colleague count."""
        return self.codes + self.credited


def places_of(items: Collection[int]) -> dict[int, Places]:
    """Of several events, by item; three statements, however many there are."""
    kept, known, codes = gatherings_of(items), allowances_of(items), places_of_codes(items)
    found: dict[int, Places] = {}
    for item in items:
        gathering, allowance = kept.get(item), known.get(item)
        confirmed = gathering.confirmed if gathering is not None and gathering.closed_at is not None else None
        if allowance is None:
            found[item] = Places(confirmed=confirmed)
            continue
        found[item] = Places(
            confirmed=confirmed,
            codes=min(codes[item], allowance.given),
            credited=max(0, allowance.given - codes[item]),
            allowed=allowance.people if allowance.people > (confirmed or 0) else None,
            at_once=allowance.at_once,
        )
    return found
