"""No client takes more than its share of what costs much to make (promise V4).

A bucket for each client in the memory of this process: no statement, no lock that anybody waits for. With several web
processes a client has a share of each; that is enough to keep one program from pushing people aside.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from foundation.errors import TooOften

BURST_S = 3  # after a pause a client may ask for what it could have asked in so many seconds, at once
MOST_CLIENTS = 20_000  # some 4 MB; whoever asked longest ago is forgotten first, and has a full share again
View = Callable[..., HttpResponse]


class Share:
    """Who has asked how much of one kind of page. Time is in seconds of `clock`, which never goes back."""

    def __init__(self, *, most_clients: int = MOST_CLIENTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_clients, self._clock = most_clients, clock
        self._full_at: OrderedDict[str, float] = OrderedDict()  # when each bucket is full again
        self._lock = threading.Lock()

    def take(self, client: str, *, per_s: float) -> float:
        """Count a request: 0.0 when it may go on, else seconds until the next one may. Refused ones do not count."""
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(client, now), now)
            wait_s = full_at - now + 1 / per_s - BURST_S
            if wait_s > _ROUNDING_S:
                return wait_s
            self._full_at[client] = full_at + 1 / per_s
            self._full_at.move_to_end(client)
            if len(self._full_at) > self._most_clients:
                self._full_at.popitem(last=False)
            return 0.0

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._full_at.clear()


_ROUNDING_S = 1e-9
_shares: dict[str, Share] = {}


def within_share(
    kind: str, *, times: int = 1, refused: Callable[[], HttpResponse] | None = None
) -> Callable[[View], View]:
    """Answer a client that asks for pages of a kind faster than its share with 429 and Retry-After.

    The share is `settings.CLIENT_PAGES_PER_S` requests a second, `times` as many where people ask without noticing;
    0 is no limit. `refused` makes an answer of another form than the page.
    """
    share = _shares.setdefault(kind, Share())

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            per_s = settings.CLIENT_PAGES_PER_S * times
            wait_s = share.take(_client(request), per_s=per_s) if per_s else 0.0
            if not wait_s:
                return view(request, *args, **kwargs)
            if refused is None:
                raise TooOften(math.ceil(wait_s))
            response = refused()
            response.status_code, response["Retry-After"] = 429, str(math.ceil(wait_s))
            return response

        return answer

    return wrap


def _client(request: HttpRequest) -> str:
    """Who asks: the account, whatever address it comes from; of guests the block of addresses (`facts.network`)."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"account {user.pk}"
    return request.facts.network  # type: ignore[attr-defined,no-any-return]  # RequestFrame has set them


def forget_shares() -> None:
    """Begin anew: tests ask much."""
    for share in _shares.values():
        share.forget()
