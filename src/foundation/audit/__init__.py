"""Who did what to whose data, when, from where and why: append-only rows, sealed each minute into a chain (T1-T4)."""
