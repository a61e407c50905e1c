"""The specialist: tracks (ВО, СО), the first run, admissions to practice, documents, the federal register (ФРМР)."""
