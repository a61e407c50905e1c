from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed


def test_texts_that_were_compiled_are_used_by_the_same_process(tmp_path: Path, settings: Any) -> None:
    before = settings.LOCALE_PATHS
    settings.LOCALE_PATHS = [str(tmp_path)]
    translation_file_changed(None, Path("django.mo"))
    try:
        with translation.override("ru"):
            assert translation.gettext("Where are my credits") == "Where are my credits"

        call_command("compile_translations")

        with translation.override("ru"):
            assert translation.gettext("Where are my credits") == "Где мои баллы"
    finally:
        settings.LOCALE_PATHS = before
        translation_file_changed(None, Path("django.mo"))
