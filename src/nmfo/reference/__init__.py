"""Dated lists with their legal ground: specialties, regions, countries, education levels. Loaded from files here."""
