"""What is refused in the catalogue, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused


class Missing(Refused):
    message = _("Fill this in before you submit.")


class HoursOutOfRange(Refused):
    message = _("A programme has from %(least)d to %(most)d hours.")
    field = "hours"


class CreditsAboveRule(Refused):
    message = _("%(minutes)d minutes on %(days)d days are worth at most %(most)d credits.")
    field = "credits"


class ModuleCreditsAboveRule(Refused):
    message = _("%(minutes)d minutes of study are worth at most %(most)d credits.")
    field = "credits"


class EventTooShort(Refused):
    message = _("An event of less than 45 minutes without sponsors' reports is worth no credit.")
    field = "minutes"


class EventHasBegun(Refused):
    """A new version would be of another day, and who was there on the first would be credited for that one."""

    message = _("This event has begun or is over: it takes no new version. Copy it for another day.")


class EventTooFar(Refused):
    message = _("The event is more than five years ahead. Check the year.")
    field = "begins_at"


class EventEndsBeforeItBegins(Refused):
    message = _("The event ends before it begins. Check date and time.")
    field = "ends_at"


class EventTooLong(Refused):
    message = _("An event lasts at most 14 days. Longer teaching is a programme.")
    field = "ends_at"


class EventInPast(Refused):
    message = _("The event begins in the past. Check the date.")
    field = "begins_at"


class MinutesExceedEvent(Refused):
    message = _("There are more minutes of teaching than the event has.")
    field = "minutes"


class MainSpecialtyMissing(Refused):
    message = _("Choose at least one main specialty.")
    field = "main_specialties"


class SpecialtyOfOtherLevel(Refused):
    message = _("«%(name)s» belongs to another level of education than the chosen ones.")
    field = "main_specialties"


class SpecialtyTwice(Refused):
    message = _("«%(name)s» is chosen both as a main and as an additional specialty. Leave one.")
    field = "other_specialties"


class SpecialtyEnded(Refused):
    message = _("«%(name)s» is not in the nomenclature any more. Choose what has replaced it.")
    field = "main_specialties"


class PlaceMissing(Refused):
    message = _("Say where it is: region and place, or a link, or both.")
    field = "place"


class ZoneMissing(Refused):
    message = _("Choose the time zone, so that everybody knows when it begins.")
    field = "zone"


class LinkUnfit(Refused):
    message = _("The address should begin with https:// or http://.")
    field = "link"


class PresenceShareMissing(Refused):
    message = _("Say which share of the minutes is enough, from 1 to 100 per cent.")
    field = "presence_percent"


class NumberOutOfRange(Refused):
    message = _("A whole number from %(least)s to %(most)s is needed here.")


class TextTooLong(Refused):
    message = _("At most %(most)s characters fit here; there are %(length)s.")


class ControlCharacters(Refused):
    message = _("There are invisible control characters in this text. Type it anew.")


class ChoiceUnknown(Refused):
    message = _("There is no such choice: «%(value)s».")


class TooManyTeachers(Refused):
    message = _("At most %(most)s people fit here.")
    field = "teachers"


class TeacherNameMissing(Refused):
    message = _("Write the name of everybody who has a post here.")
    field = "teachers"


class TooManyFiles(Refused):
    message = _("At most %(most)s files fit here.")
    field = "files"


class SourceKeyTaken(Refused):
    message = _("The key «%(key)s» belongs to something else already.")
    field = "source_key"


class RunTooFar(Refused):
    message = _("The day is more than five years ahead. Check the year.")
    field = "begins_on"


class RunBasesMissing(Refused):
    message = _("Choose who may pay.")
    field = "bases"


class RunPlaceMissing(Refused):
    message = _("Choose the region: this programme is not taught at a distance.")
    field = "region"


class RunIsOver(Refused):
    message = _("This run is cancelled or over. It does not change any more.")


class RunChangedMeanwhile(Refused):
    message = _("Somebody else has changed this run meanwhile. Look at what stands there now.")


class RunsTooMany(Refused):
    message = _("A programme has %(most)s runs at most that are not over.")


class RunsAreOfProgrammes(Refused):
    message = _("Only programmes have runs.")


class ReasonMissing(Refused):
    message = _("Write the reason: people will read it.")
    field = "reason"


class RunDatesOutOfOrder(Refused):
    message = _("The run ends before it begins. Check the dates.")
    field = "ends_on"


class RunAppliesTooLate(Refused):
    message = _("Applications cannot be taken after the first day.")
    field = "apply_until_on"


class RunInPast(Refused):
    message = _("The run begins in the past. Check the date.")
    field = "begins_on"


class RunSeatsBelowTaken(Refused):
    message = _("%(taken)d seats are taken already. There cannot be fewer.")
    field = "seats"


class SearchEmpty(Refused):
    message = _("Type what to look for or choose a filter first: a letter about everything would be no help.")


class SearchTooLong(Refused):
    message = _("There are too many filters here to save the search. Leave some of them out.")


class SearchNameMissing(Refused):
    message = _("Name the search, so that you recognise it in the letter.")
    field = "name"


class SearchNameTooLong(Refused):
    message = _("The name is longer than %(most)d signs.")
    field = "name"


class TooManySearches(Refused):
    message = _("You have %(most)d saved searches, more are not possible. Delete one that you do not need.")


class TooManyAwaited(Refused):
    message = _("You wait for runs of %(most)d programmes already. Take back one of them first.")


class RunsAreOpen(Refused):
    message = _("Applications for this programme are taken now: choose a run.")


class NothingToAwait(Refused):
    message = _("This programme is not in the catalogue any more, there will be no runs of it.")


class VersionMoved(Refused):
    message = _("This version has moved on meanwhile: it is «%(state)s» now. Look at the page anew.")


class VersionPublished(Refused):
    message = _("A published version never changes. Make a new version.")


class ChangedMeanwhile(Refused):
    message = _("Somebody else has saved this version meanwhile. Both texts are below: choose.")


class ChangedSinceSeen(Refused):
    message = _("The authors have changed this version since you opened it. Read it anew, then decide.")


class ItemUnknown(Refused):
    message = _("There is no such programme, event or module in this organisation.")


class NotOfOperators(Refused):
    message = _("Only operators of the portal decide this.")


class ItemNotPublished(Refused):
    message = _("This has not been published, or has been withdrawn already.")


class TakenByAnother(Refused):
    message = _("%(name)s has taken this version. Take the next one, or ask them.")


class NothingToReturnFor(Refused):
    message = _("Say what has to be changed: a remark at a field, or in your own words.")
    field = "words"


class FieldUnknown(Refused):
    message = _("There is no such field.")
    field = "field"


class Problems(Refused):
    """Several refusals at once; each belongs to a field."""

    message = _("There is something to put right.")

    def __init__(self, problems: Iterable[tuple[str, Refused]]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class VersionMalformed(Problems):
    """What even a draft may not say: nothing is saved."""

    message = _("This cannot be saved as it stands. See the fields.")


class VersionIncomplete(Problems):
    """What keeps a version from its review or from being published."""

    message = _("This is not complete yet. See the list of what is missing.")


class OwnItem(Refused):
    message = _("You or your organisation submitted this. Another operator decides.")


class RunMalformed(Problems):
    """A run that contradicts itself: nothing is written."""

    message = _("This run cannot be kept as it stands. See the fields.")
