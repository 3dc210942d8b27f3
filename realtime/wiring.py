"""The one place where a platform is put together: for the server, the worker, the command line and the tests."""

from socketio import Manager

from config import Config
from models.documents import DOCUMENTS
from models.migrations import MIGRATIONS
from models.odm import open_database
from realtime import between
from realtime.connections import SocketIOPush
from realtime.managers import client_manager
from services.changes import Changes
from services.charting.chart_files import ChartFiles, ChartFolder
from services.charting.drawing import ChartRenderer, RenderingProcess
from services.charting.renderer.supervisor import Renderer
from services.jobs import JobQueue
from services.jobs.queue import JOBS, HueyQueue, Queues
from services.mail import MAILS, mailer_of
from services.mail.outbox import Outbox
from services.messaging.attachments import Files, NoFiles
from services.platform import Platform
from services.push import Push
from services.telemetry import sensors


def wire(config: Config) -> Platform:
    """A platform with everything that its configuration names; `Platform.close` ends it.

    Raises OdmError where its database cannot be opened, ConfigError where its message queue cannot be spoken to.
    """
    platform = Platform(config, open_database(config.database_url, DOCUMENTS, migrations=MIGRATIONS))
    try:
        manager = platform.provide(Manager, client_manager(config.message_queue_url))
        platform.provide(Push, SocketIOPush(manager, config.redis_url))
        between.join(manager, platform.part(Changes))
        platform.part(Changes).heard_by(sensors.WATCHED, platform.inside(sensors.review_watchers))
        with platform.entered():
            jobs, mails = HueyQueue(JOBS), HueyQueue(MAILS)
        platform.provide(JobQueue, jobs)
        platform.provide(Queues, Queues((jobs, mails)))
        platform.provide(Outbox, Outbox(mailer_of(config), mails))
        platform.provide(ChartRenderer, RenderingProcess(Renderer(keep_in=config.data_dir / "cache")))
        platform.provide(ChartFiles, ChartFolder(config.data_dir))
        platform.provide(Files, NoFiles())
    except BaseException:
        platform.close()
        raise
    return platform
