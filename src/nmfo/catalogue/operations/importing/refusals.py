"""What is refused of an import and of its rows, each with its sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused


class ImportUnderWay(Refused):
    message = _("Another file of the organisation is being looked at. Wait until it has ended, or stop it.")
    field = "file"


class ImportMoved(Refused):
    message = _("This import has moved on meanwhile. Look at the page anew.")


class ImportUnknown(Refused):
    message = _("There is no such import in this organisation.")


class NothingToWrite(Refused):
    message = _("There is nothing to write: no row is new or different. Put the refused rows right and send the file.")


class TooManyRows(Refused):
    message = _("There are more than %(most)s rows. Divide the file into several.")


class NoRows(Refused):
    message = _("There is nothing below the names of the columns.")


class WriterGone(Refused):
    message = _("Who sent the file does not write programmes of the organisation any more. Send it anew.")


class PortalFailed(Refused):
    message = _(
        "The portal failed several times while it read the file; its operators see that. "
        "Save the file anew and send it again; if that does not help, send it to the support."
    )


class CellIsFormula(Refused):
    message = _("There is a formula here. Put its value in its place: copy, then paste special, values.")


class CellIsError(Refused):
    message = _("The spreadsheet shows an error here. Put it right.")


class RowHidden(Refused):
    message = _("The row is hidden, perhaps by a filter. Show it or delete it.")


class RowIsExample(Refused):
    message = _("This is the example of the template. Delete the row.")


class KeyTwice(Refused):
    message = _("The key stands in row %(line)s already. Rows of one programme stand together, one for each run.")


class RowContradicts(Refused):
    message = _("Row %(line)s of the same programme says something else here. Leave it empty or write the same.")


class FirstRowRefused(Refused):
    message = _("Row %(line)s, the first one of this programme, is refused. Put it right.")


class RunTwice(Refused):
    message = _("Row %(line)s sets this run already. Give each run a key of its own.")


class GivenUp(Refused):
    message = _("The programme with this key was given up. Give another key.")


class UnderReview(Refused):
    message = _("The programme is under review and says something else. Take it back first, or wait for the decision.")


class HandedIn(Refused):
    """A note beside a row, not a refusal."""

    message = _("Handed in for review.")


class KeptAsDraft(Refused):
    """A note beside a row, not a refusal."""

    message = _("A draft: before it can be submitted, look at %(what)s.")


class FileUnreadable(Exception):
    """The whole file cannot be taken."""

    def __init__(self, why: Refused) -> None:
        super().__init__()
        self.why = why
