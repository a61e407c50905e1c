"""`Refused`: a rule said no, and this is the sentence the person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Refused(Exception):
    """An answer, not a failure: shown to the person in their words and never logged as an error.

    A subclass states `message`, a lazily translated sentence with named places; what fills the places comes as
    keyword arguments. `field` names the form field the sentence belongs beside, when there is one.
    """

    message: ClassVar[str | _StrPromise]
    field: ClassVar[str | None] = None

    def __init__(self, **values: object) -> None:
        super().__init__()
        self.values = values

    def __str__(self) -> str:
        return str(self.message) % self.values if self.values else str(self.message)


class Overloaded(Exception):
    """Too much at once: answered by 503 with Retry-After, and worth trying again."""


class TooOften(Exception):
    """Asked for more often than anybody needs: answered by 429 with Retry-After of `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s
