"""The public catalogue: search with facets, cards, calendars, addresses for search engines."""
