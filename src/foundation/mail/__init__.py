"""The outbox of letters and SMS: a row with its cause, delivery with retries, states that people can see (M1-M6, N13)."""
