"""Every setting of a Fieldroom process, read from one file and the environment once and checked before anything starts.

`python -m config` makes that file, if there is none.
"""

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from utils import settings_file
from utils.concurrency import AsyncMode
from utils.mail_settings import SENDGRID_URL, MailBackend, check_sender, check_smtp_url
from utils.settings_file import Setting


class PasswordCost(NamedTuple):
    """What making one hash takes: passes over the memory, that memory in KiB, threads. By itself RFC 9106's low-memory profile."""

    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


class ConfigError(Exception):
    """A setting is wrong; the message is one line that names the variable."""


def _scheme(*allowed: str) -> AfterValidator:
    def check(url: str) -> str:
        scheme = urlsplit(url).scheme
        if scheme not in allowed:
            raise ValueError(f"must start with {' or '.join(f'{name}://' for name in allowed)}")
        return url

    return AfterValidator(check)


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError(f"{text!r} is not an origin such as https://lab.example.org")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _topic_template(text: str) -> str:
    levels = text.split("/")
    if levels.count("{device}") != 1 or levels.count("{key}") > 1 or set(text) & set("+#\0"):
        raise ValueError(
            f"{text!r} is not a topic with {{device}}, and {{key}} if at all, as levels, such as sensors/{{device}}/{{key}}"
        )
    return text


def _split(text: Any) -> Any:
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


def _flag(text: Any) -> Any:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(text, str):
        if text.lower() not in words:
            raise ValueError("must be 1 or 0")
        return words[text.lower()]
    return text


Flag = Annotated[bool, BeforeValidator(_flag)]
Origin = Annotated[str, AfterValidator(_origin)]
TopicTemplate = Annotated[str, AfterValidator(_topic_template)]
Days = Annotated[int, Field(ge=0, le=36_500, validate_default=True)]
_KEPT = ["retention_raw_days", "retention_minute_days", "retention_hour_days", "retention_day_days"]
RedisUrl = Annotated[str, _scheme("redis", "rediss", "unix")]


class Config(BaseModel):
    """What a process runs with. Field names are the variables of the environment in lower case; the text under each is what the
    configuration file says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    env: ClassVar[str] = "development"
    secure_cookies: ClassVar[bool] = False
    json_logs: ClassVar[bool] = False
    # Whether people reach the page where the process listens: it stands in for a PUBLIC_URL.
    listens_in_public: ClassVar[bool] = True
    # No setting: nobody runs a site on passwords that are cheap to guess.
    password_cost: ClassVar[PasswordCost] = PasswordCost()

    host: str = "127.0.0.1"
    """The address it listens on; 0.0.0.0 for every machine of the network."""
    port: Annotated[int, Field(ge=0, le=65535)] = 5000
    """The port it listens on."""
    data_dir: Path = Path("var")
    """Everything embedded lives in this folder: database, files, sessions, the secret key."""
    database_url: Annotated[str, _scheme("sqlite", "mongodb", "mongodb+srv")] = ""
    """sqlite:///path or mongodb://host/database. Unset: an SQLite file in DATA_DIR."""
    redis_url: RedisUrl | None = None
    """Sessions, rate limits, background jobs and fan-out across processes: redis://host:6379/0. Unset: all in this process."""
    message_queue_url: str | None = None
    """Fan-out of Socket.IO alone, where it is not to go through REDIS_URL."""
    secret_key: Annotated[str, Field(min_length=16)] = ""
    """Signs what has to be signed; at least 16 characters. Unset: generated into DATA_DIR; production wants one that was chosen."""
    # What links in mails begin with. Never what a request says: its Host header is whatever its sender likes.
    public_url: Origin | None = None
    """What links in mails begin with, such as https://lab.example.org. Unset: where it listens; in production none are mailed."""
    allowed_origins: Annotated[list[Origin], BeforeValidator(_split)] = []
    """Comma-separated origins besides our own whose pages may use this server, such as https://wall.example.org."""
    async_mode: AsyncMode = "eventlet"
    """eventlet, gevent or threading."""
    worker: Flag = True
    """0: this process does no background work, which a `python -m workers` does."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where `python -m workers` serves its /metrics, on HOST; 0: nowhere. A server has its own at its PORT."""
    host_agent: Flag = False
    """1: this machine's own temperature, load and memory are sensors too. `make run` sets it, unless it is set here."""
    ratelimit_enabled: Flag = True
    """0 switches the rate limits off."""
    # Of one device; 0: as much as it likes.
    device_readings_per_second: Annotated[int, Field(ge=0)] = 2_000
    """How many readings one device may send a second; ten seconds' worth may come at once. 0: no limit."""
    device_batches_in_flight: Annotated[int, Field(ge=0)] = 4
    """How many batches of one device are worked on at once. 0: no limit."""
    # Where devices publish; unset: nowhere.
    mqtt_url: Annotated[str, _scheme("mqtt", "mqtts")] | None = None
    """mqtt:// or mqtts://user:password@host:port of a broker whose messages are stored. Unset: none."""
    mqtt_topics: Annotated[list[TopicTemplate], BeforeValidator(_split)] = ["sensors/{device}/{key}"]
    """Comma-separated topics, with the id or name of a device and the key of a sensor as levels."""
    # For sensors without a retention of their own; 0: for ever. What is not kept is refused too, and a device may send what it
    # measured at any time: so nothing is lost or refused until somebody says so.
    retention_raw_days: Days = 0
    """For how many days readings are kept, where a sensor says nothing of its own. 0: for ever."""
    retention_minute_days: Days = 0
    """The same of what is kept by the minute, which is no less."""
    retention_hour_days: Days = 0
    """The same of what is kept by the hour, which is no less."""
    retention_day_days: Days = 0
    """The same of what is kept by the day, which is no less."""
    presence_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    """How many seconds somebody whose connection dropped still counts as online."""
    # How much may wait for one connection that does not read, before it is cut off.
    outgoing_queue_packets: Annotated[int, Field(ge=10)] = 1_000
    """How many packets may wait for one connection that does not read, before it is cut off."""
    outgoing_queue_bytes: Annotated[int, Field(ge=10_000)] = 4_000_000
    """How many bytes may."""
    mail_backend: MailBackend = "console"
    """console (mails are printed to the log), smtp or sendgrid; these two need MAIL_FROM."""
    mail_from: Annotated[str, AfterValidator(check_sender)] = "Fieldroom <fieldroom@localhost>"
    """Who mails come from."""
    smtp_url: Annotated[str, AfterValidator(check_smtp_url)] | None = None
    """smtp://user:password@host:587?starttls or smtps://…"""
    sendgrid_api_key: str | None = None
    """SendGrid's key."""
    # Another address only for tests and compatible services.
    sendgrid_url: Annotated[str, _scheme("http", "https")] = SENDGRID_URL
    """SendGrid's address, if it is another."""
    trusted_proxies: Annotated[int, Field(ge=0, le=8)] = 0
    """How many proxies in front set X-Forwarded-For, -Proto and -Host."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """debug, info, warning or error."""

    @field_validator("retention_minute_days", "retention_hour_days", "retention_day_days")
    @classmethod
    def _kept_for_long_enough(cls, days: int, info: ValidationInfo) -> int:
        shorter = [info.data.get(name, 0) for name in _KEPT[: _KEPT.index(str(info.field_name))]]
        if days and any(finer == 0 or finer > days for finer in shorter):
            raise ValueError("must be no less than what is finer is kept: RAW <= MINUTE <= HOUR <= DAY, and 0 is for ever")
        return days

    @property
    def own_url(self) -> str:
        """Where the server is reached from its own machine, once it listens."""
        if ":" in self.host:
            return f"http://[{'::1' if self.host == '::' else self.host}]:{self.port}"
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}"

    @property
    def page_url(self) -> str | None:
        """Where people find the page, as far as anybody has said."""
        return self.public_url or (self.own_url if self.listens_in_public else None)

    @property
    def retention_days(self) -> tuple[int, int, int, int]:
        """Days that readings, minutes, hours and days are kept, 0 for ever."""
        return self.retention_raw_days, self.retention_minute_days, self.retention_hour_days, self.retention_day_days

    def ensure_data_dir(self) -> Path:
        """The folder of everything embedded, created on first use (0700: it holds the secret key)."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(f"DATA_DIR: cannot create {self.data_dir}: {error.strerror}") from error
        return self.data_dir

    def resolved(self) -> Self:
        """This configuration with the defaults that depend on others filled in; creates DATA_DIR and its secret key."""
        self._check_mail()
        data_dir = self.ensure_data_dir()
        return self.model_copy(
            update={
                "database_url": self.database_url or f"sqlite:///{data_dir / 'fieldroom.sqlite3'}",
                "message_queue_url": self.message_queue_url or self.redis_url,
                "secret_key": self.secret_key or self._generated_secret(data_dir / "secret_key"),
            }
        )

    def _check_mail(self) -> None:
        """What the chosen way of sending mail needs. Raises ConfigError."""
        needed = {"console": (), "smtp": ("smtp_url", "mail_from"), "sendgrid": ("sendgrid_api_key", "mail_from")}
        for name in needed[self.mail_backend]:
            if name not in self.model_fields_set:
                raise ConfigError(f"{name.upper()}: MAIL_BACKEND={self.mail_backend} needs it")

    @staticmethod
    def _generated_secret(path: Path) -> str:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        except OSError as error:
            raise ConfigError(f"SECRET_KEY: unset, and {path} cannot be written: {error.strerror}") from error
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret := secrets.token_urlsafe(48))
        return secret


class DevelopmentConfig(Config):
    """Readable logs; everything embedded."""


class ProductionConfig(Config):
    """Cookies only over HTTPS, logs as JSON, and a secret key that somebody chose."""

    env = "production"
    secure_cookies = True
    json_logs = True
    listens_in_public = False

    def resolved(self) -> Self:
        if not self.secret_key:
            raise ConfigError(
                "SECRET_KEY: production needs one; make it with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return super().resolved()


class TestingConfig(Config):
    """As development, but nothing slows a test down."""

    env = "testing"
    # The least that Argon2id takes. What passwords cost elsewhere is measured where that is tested, and not at every registration.
    password_cost = PasswordCost(passes=1, memory_kib=8, lanes=1)
    presence_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0


# Values that no error message shows: an SMTP_URL holds a password.
_SECRETS = frozenset({"SECRET_KEY", "MQTT_URL", "SMTP_URL", "SENDGRID_API_KEY"})

CONFIGS: dict[str, type[Config]] = {
    "development": DevelopmentConfig,
    "production": ProductionConfig,
    "testing": TestingConfig,
}


_NAMES = frozenset({"FLASK_ENV", *(name.upper() for name in Config.model_fields)})


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """The configuration that the environment and the configuration file ask for; where both say something, the environment wins.

    environ: instead of this process's own; then only a file that its FIELDROOM_CONFIG names is read. Its FIELDROOM_DEFAULTS
    (NAME=value, comma-separated) says what counts where neither says anything: `make run` has other defaults than app.py.

    Raises ConfigError with one line that names the wrong variable, and the file's line where it is there. An empty variable counts
    as unset, as in a compose file.
    """
    settings = _settings(os.environ, settings_file.path(os.environ)) if environ is None else _settings(environ, _named(environ))
    env, where = settings.get("FLASK_ENV", Setting("development", ""))
    config_class = CONFIGS.get(env)
    if config_class is None:
        raise ConfigError(f"{where}FLASK_ENV: must be one of {', '.join(CONFIGS)}, not {env!r}")
    values = {name: settings[name.upper()].value for name in config_class.model_fields if name.upper() in settings}
    try:
        return config_class.model_validate(values).resolved()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        variable = str(first["loc"][0]).upper()
        message = first["msg"].removeprefix("Value error, ")
        value, where = settings[variable]
        shown = "" if variable in _SECRETS else f" (it is {value!r})"
        raise ConfigError(f"{where}{variable}: {message}{shown}") from None


def _named(environ: Mapping[str, str]) -> Path | None:
    return Path(environ[settings_file.VARIABLE]) if environ.get(settings_file.VARIABLE) else None


def _settings(environ: Mapping[str, str], file: Path | None) -> dict[str, Setting]:
    """All that is set, by variable, with where it is: "file:line: ", or nothing for the environment."""
    defaults = (part.partition("=") for part in environ.get("FIELDROOM_DEFAULTS", "").split(",") if part)
    try:
        in_file = settings_file.read(file, _NAMES) if file is not None else {}
    except settings_file.WrongLine as error:
        raise ConfigError(str(error)) from None
    return (
        {name: Setting(value, "") for name, _, value in defaults}
        | {name: Setting(value, f"{where}: ") for name, (value, where) in in_file.items()}
        | {name: Setting(environ[name], "") for name in _NAMES if environ.get(name)}
    )


def documented() -> Iterator[tuple[str, str, str]]:
    """Each variable with what it means and its default as the file would have it."""
    yield "FLASK_ENV", "development, production (needs SECRET_KEY; cookies over HTTPS only) or testing.", "development"
    for name, field in Config.model_fields.items():
        default = field.default
        text = ",".join(default) if isinstance(default, list) else str(int(default)) if isinstance(default, bool) else default
        yield name.upper(), field.description or "", _quoted("" if text is None else str(text))


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text else text


def make_file() -> int:
    """Make the configuration file, if there is none; returns the exit code."""
    file = Path(os.environ.get(settings_file.VARIABLE) or settings_file.DEFAULT)
    try:
        if settings_file.make(file, documented()):
            print(f"{file}: every setting, commented out. Change what you like there.")
    except settings_file.WrongLine as error:
        print(f"fieldroom: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(make_file())
