"""The database of this process: which documents it holds, and the connection that they are bound to."""

from config import Config
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
from models.messages import MessageEdit, Notification, Reaction
from models.moderation import Ban, Invitation, RoomRemoval
from models.odm import Database, Document
from models.odm import connect as odm_connect
from models.pins import Pin
from models.processes import ServerProcess
from models.readings import DayRollup, Discard, HourRollup, MinuteRollup, Reading, RollupMark, SixHourRollup, TenMinuteRollup
from models.rooms import Member, Message, Room
from services import filtering, liveness, stats
from services.messaging import messages
from services.people import known_people
from services.rooms import directory
from services.telemetry import devices, recent

DOCUMENTS: tuple[type[Document], ...] = (
    User, ServerProcess, Connection, Marker, MailedLink, Counter, Lease,
    Room, Member, Message, MessageEdit, Reaction, Notification, Friendship, Block,
    Ban, Invitation, RoomRemoval, FilteredWord, ModerationFlag,
    Device, DeviceConnection, Sensor, Reading, MinuteRollup, TenMinuteRollup, HourRollup, SixHourRollup, DayRollup,
    RollupMark, Discard, AlertRule, Alert, AlertSilence, Dashboard, Pin, Job, WorkerProcess, StoredChart, Digest,
)  # fmt: skip

_database: Database | None = None


def connect(config: Config) -> Database:
    """Bind every document to the configured database; whatever was bound before is closed. Raises OdmError."""
    global _database
    disconnect()
    _database = odm_connect(config.database_url, DOCUMENTS)
    messages.forget_seqs()
    recent.forget()
    stats.forget()
    filtering.forget()
    liveness.processes.forget()
    directory.forget()
    known_people.forget()
    devices.forget()
    return _database


def disconnect() -> None:
    """Close the connection, if there is one."""
    global _database
    if _database is not None:
        _database.close()
        _database = None


def current() -> Database:
    """The connection. Raises RuntimeError before `connect`."""
    if _database is None:
        raise RuntimeError("Call database.connect first.")
    return _database


def sweep() -> None:
    """Remove what has expired, where the engine does not do that by itself."""
    if _database is not None:
        _database.sweep_expired()
