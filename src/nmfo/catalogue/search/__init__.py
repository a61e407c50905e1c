"""The search over what is published: an index in the memory of each web process.

Hides how texts become words, how rows become columns and bit sets, and how a process learns what has changed.
Offers `index().current` (an unchanging picture of the catalogue), `understand`, `find` and `suggest` over it, and
`Query`, the one writing of what somebody asks. PostgreSQL keeps what is true (`SearchRow`);
docs/how-it-works/search.md tells the whole.
"""
