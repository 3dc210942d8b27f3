"""`python -m workers`: what works in the background as a process of its own.

Run as many as you like; of each kind of work but the jobs one acts at a time.
"""

import signal
import sys
import threading
from contextlib import suppress

from flask_socketio import SocketIO

import database
from config import Config, ConfigError, load_config
from models.odm import OdmError
from realtime.connections import SocketIORealtime
from services import jobs, mail, realtime
from services.charting import chart_files, chart_jobs, drawing  # noqa: F401 - chart_jobs says what draws charts
from services.rooms.newest import newest
from services.telemetry import retention
from services.telemetry.retention import Retention
from utils import logs
from utils.ids import new_secret
from workers.chart_files import ChartFolder
from workers.charting import RenderingProcess
from workers.crew import Crew
from workers.jobs import HueyQueue
from workers.renderer import Renderer


def bind_realtime(config: Config) -> None:
    """Reach people's connections through the message queue; without one they hear nothing from this process."""
    if config.message_queue_url is not None:
        # Without an app Flask-SocketIO makes a manager that only writes to the queue.
        realtime.bind(SocketIORealtime(SocketIO(message_queue=config.message_queue_url, async_mode="threading").server))


def main() -> int:
    """Work until told to stop; returns the exit code."""
    try:
        config = load_config()
        logs.configure(json=config.json_logs, level=config.log_level)
        database.connect(config)
        retention.configure(Retention(*config.retention_days))
    except ConfigError as error:
        print(f"fieldroom worker: {error}", file=sys.stderr)
        return 2
    except OdmError as error:
        print(f"fieldroom worker: DATABASE_URL: {error}", file=sys.stderr)
        return 2
    bind_realtime(config)
    mail.configure(config)
    drawing.bind(RenderingProcess(Renderer(keep_in=config.data_dir / "cache")))
    chart_files.bind(ChartFolder(config.data_dir))
    jobs.bind(queue := HueyQueue(config))
    crew = Crew(config, queue, new_secret(9))
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: asked_to_stop.set())
    crew.start()
    print("Fieldroom worker ready", flush=True)
    asked_to_stop.wait()
    crew.stop()
    with suppress(OdmError):  # how far rooms have come follows from the messages: whoever reads looks there
        newest.flush()
    database.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
