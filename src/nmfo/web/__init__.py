"""Pages, by cabinet: public, account, specialist, organisation, operator. What they share is in `parts`."""
