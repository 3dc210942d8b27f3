"""All documents of the platform: what its database holds."""

from models.accounts import Connection, Marker, User
from models.alerts import Alert, AlertRule, AlertSilence
from models.charts import Digest, StoredChart
from models.dashboards import Dashboard
from models.devices import Counter, Device, DeviceConnection, Sensor
from models.filtering import FilteredWord, ModerationFlag
from models.friends import Block, Friendship
from models.jobs import Job, WorkerProcess
from models.leases import Lease
from models.mailed_links import MailedLink
from models.mails import OutgoingMail
from models.messages import Message, MessageEdit, Notification, Reaction
from models.moderation import Ban, Invitation, RoomRemoval
from models.odm import Document
from models.pins import Pin
from models.processes import ServerProcess
from models.readings import DayRollup, Discard, HourRollup, MinuteRollup, Reading, RollupMark, SixHourRollup, TenMinuteRollup
from models.rooms import Member, Room

DOCUMENTS: tuple[type[Document], ...] = (
    User, ServerProcess, Connection, Marker, MailedLink, Counter, Lease,
    Room, Member, Message, MessageEdit, Reaction, Notification, Friendship, Block,
    Ban, Invitation, RoomRemoval, FilteredWord, ModerationFlag,
    Device, DeviceConnection, Sensor, Reading, MinuteRollup, TenMinuteRollup, HourRollup, SixHourRollup, DayRollup,
    RollupMark, Discard, AlertRule, Alert, AlertSilence, Dashboard, Pin, Job, OutgoingMail, WorkerProcess, StoredChart, Digest,
)  # fmt: skip
