"""The account of a person: registration, sign-in by СНИЛС, recovery, contacts, agreements and consents, closing."""
