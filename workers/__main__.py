"""`python -m workers`: what works in the background as a process of its own.

Run as many as you like; of each kind of work but the jobs one acts at a time.
"""

import signal
import sys
import threading

from config import ConfigError, load_config
from models.odm import OdmError
from realtime.wiring import wire
from services import filtering
from services.platform import spawn
from utils import logs
from workers import metrics_page
from workers.crew import Crew


def main() -> int:
    """Work until told to stop; returns the exit code."""
    try:
        config = load_config()
        logs.configure(json=config.json_logs, level=config.log_level)
        platform = wire(config)
        page = metrics_page.listen(platform, config.host, config.metrics_port) if config.metrics_port else None
    except ConfigError as error:
        print(f"fieldroom worker: {error}", file=sys.stderr)
        return 2
    except OdmError as error:
        print(f"fieldroom worker: DATABASE_URL: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"fieldroom worker: METRICS_PORT: cannot listen on {config.host}:{config.metrics_port}: {error.strerror}",
            file=sys.stderr,
        )
        return 2
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: asked_to_stop.set())
    with platform.entered():
        spawn(filtering.keep_fresh, name="word-list")
        if page is not None:
            spawn(page.serve_forever, name="metrics")
        crew = Crew(platform)
        crew.start()
        print("Fieldroom worker ready", flush=True)
        asked_to_stop.wait()
        crew.stop()
    platform.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
