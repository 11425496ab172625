"""The outbox by e-mail: what a message says, when it goes, how it is handed over. Nothing personal leaves."""

from alerts.notify.delivery import Tried, deliver_next
from alerts.notify.outbox import Backlog, backlog, note_unaddressed
from alerts.notify.smtp import MailServer

__all__ = ["Backlog", "MailServer", "Tried", "backlog", "deliver_next", "note_unaddressed"]
