"""Background jobs around Procrastinate: rescue of stalled ones, retries with an end, poisoned ones shown (J1-J3)."""
