"""The outbox of letters and SMS: a row with its cause, retried delivery, states that people see (M1-M6, N13)."""
