"""`nmfo compile_translations`: merge the packages' Russian and compile it into the data folder."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.reloader import translation_file_changed

from foundation.runtime.translations import TranslationsDisagree, compile_site


class Command(BaseCommand):
    help = "Merge the packages' Russian texts and compile them into the data folder."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        try:
            count = compile_site(settings.SITE, Path(settings.LOCALE_PATHS[0]))
        except TranslationsDisagree as error:
            raise CommandError(str(error)) from error
        # At a first start this very process goes on to load the demo, and has looked for the texts already in vain.
        translation_file_changed(None, Path("django.mo"))
        self.stdout.write(f"{count} messages")
