"""`python -m workers`: the aggregating worker and the housekeeper as a process of their own.

Run as many as you like; one of each acts at a time.
"""

import signal
import sys
from types import FrameType

from flask_socketio import SocketIO

import database
from config import Config, ConfigError, load_config
from models.odm import OdmError
from realtime.connections import SocketIORealtime
from services import chart_files, chart_jobs, charting, jobs, mail, realtime, retention  # noqa: F401 - chart_jobs says what draws charts
from services.retention import Retention
from utils import concurrency, logs
from utils.ids import new_secret
from workers.aggregator import AggregatingWorker
from workers.chart_files import ChartFolder
from workers.chart_keeper import ChartKeeper
from workers.charting import RenderingProcess
from workers.housekeeper import Housekeeper
from workers.jobs import HueyQueue, JobWorker
from workers.mqtt_bridge import mqtt_bridge
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
    charting.bind(RenderingProcess(Renderer()))
    chart_files.bind(ChartFolder(config.data_dir))
    jobs.bind(queue := HueyQueue(config))
    process_id = new_secret(9)
    worker, housekeeper, job_worker = AggregatingWorker(process_id), Housekeeper(process_id), JobWorker(queue, process_id)
    keeper = ChartKeeper(process_id)
    bridge = mqtt_bridge(config, process_id)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        housekeeper.stop(0)
        keeper.stop(0)
        job_worker.stop(0)
        if bridge is not None:
            bridge.stop(0)
        worker.stop(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print("Fieldroom worker ready", flush=True)
    concurrency.spawn(housekeeper.run, name="housekeeper")
    concurrency.spawn(job_worker.run, name="jobs")
    concurrency.spawn(job_worker.look_after, name="jobs-upkeep")
    concurrency.spawn(keeper.run, name="charts")
    if bridge is not None:
        concurrency.spawn(bridge.run, name="mqtt")
    try:
        worker.run()
    finally:
        if bridge is not None:
            bridge.stop()
        housekeeper.stop()
        keeper.stop()
        job_worker.stop()
        database.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
