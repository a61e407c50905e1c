"""Numbers the state gives: СНИЛС, ИНН, ОГРН, and telephone numbers. Parse, check, show, mask. Pure."""
