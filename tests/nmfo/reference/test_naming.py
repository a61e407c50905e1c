"""How specialties are called: one way for all pages."""

from __future__ import annotations

import datetime as dt

from nmfo.reference.naming import specialties_in_a_line, specialty_called


def test_a_specialty_is_told_from_its_namesakes() -> None:
    day = dt.date(2026, 8, 31)

    assert specialty_called("Терапия") == "Терапия"
    assert specialty_called("Терапия", level="higher") == "Терапия"
    assert specialty_called("Лечебное дело", level="secondary") == "Лечебное дело (среднее образование)"
    assert specialty_called("Вирусология", until=day) == "Вирусология (до 31.08.2026)"
    assert specialty_called("Вирусология", level="secondary", until=day, note="в программе не названа") == (
        "Вирусология (среднее образование, до 31.08.2026, в программе не названа)"
    )


def test_several_stand_in_a_line_each_once() -> None:
    names = ["Терапия", "Сестринское дело", "Терапия", "Кардиология"]

    assert specialties_in_a_line([]) == ""
    assert specialties_in_a_line(names) == "Терапия, Сестринское дело, Кардиология"
    assert specialties_in_a_line(names, most=2, quoted=True) == "«Терапия», «Сестринское дело»"
