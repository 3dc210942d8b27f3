"""Every setting of a Fieldroom process, read from the environment once and checked before anything starts."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from services.mail import SENDGRID_URL, MailBackend, check_sender, check_smtp_url
from services.people.passwords import Cost
from utils.concurrency import AsyncMode


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
    """What a process runs with. Field names are the variables of the environment in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: ClassVar[str] = "development"
    secure_cookies: ClassVar[bool] = False
    json_logs: ClassVar[bool] = False
    # Whether people reach the page where the process listens: it stands in for a PUBLIC_URL.
    listens_in_public: ClassVar[bool] = True
    # No setting: nobody runs a site on passwords that are cheap to guess.
    password_cost: ClassVar[Cost] = Cost()

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 5000
    data_dir: Path = Path("var")
    database_url: Annotated[str, _scheme("sqlite", "mongodb", "mongodb+srv")] = ""
    redis_url: RedisUrl | None = None
    message_queue_url: str | None = None
    secret_key: Annotated[str, Field(min_length=16)] = ""
    # What links in mails begin with. Never what a request says: its Host header is whatever its sender likes.
    public_url: Origin | None = None
    allowed_origins: Annotated[list[Origin], BeforeValidator(_split)] = []
    async_mode: AsyncMode = "eventlet"
    worker: Flag = True
    host_agent: Flag = False
    ratelimit_enabled: Flag = True
    # Of one device; 0: as much as it likes.
    device_readings_per_second: Annotated[int, Field(ge=0)] = 2_000
    device_batches_in_flight: Annotated[int, Field(ge=0)] = 4
    # Where devices publish; unset: nowhere.
    mqtt_url: Annotated[str, _scheme("mqtt", "mqtts")] | None = None
    mqtt_topics: Annotated[list[TopicTemplate], BeforeValidator(_split)] = ["sensors/{device}/{key}"]
    # For sensors without a retention of their own; 0: for ever. What is not kept is refused too, and a device may send what it
    # measured at any time: so nothing is lost or refused until somebody says so.
    retention_raw_days: Days = 0
    retention_minute_days: Days = 0
    retention_hour_days: Days = 0
    retention_day_days: Days = 0
    presence_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    # How much may wait for one connection that does not read, before it is cut off.
    outgoing_queue_packets: Annotated[int, Field(ge=10)] = 1_000
    outgoing_queue_bytes: Annotated[int, Field(ge=10_000)] = 4_000_000
    mail_backend: MailBackend = "console"
    mail_from: Annotated[str, AfterValidator(check_sender)] = "Fieldroom <fieldroom@localhost>"
    smtp_url: Annotated[str, AfterValidator(check_smtp_url)] | None = None
    sendgrid_api_key: str | None = None
    # Another address only for tests and compatible services.
    sendgrid_url: Annotated[str, _scheme("http", "https")] = SENDGRID_URL
    trusted_proxies: Annotated[int, Field(ge=0, le=8)] = 0
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("retention_minute_days", "retention_hour_days", "retention_day_days")
    @classmethod
    def _kept_for_long_enough(cls, days: int, info: ValidationInfo) -> int:
        shorter = [info.data.get(name, 0) for name in _KEPT[: _KEPT.index(str(info.field_name))]]
        if days and any(finer == 0 or finer > days for finer in shorter):
            raise ValueError("must be no less than what is finer is kept: RAW <= MINUTE <= HOUR <= DAY, and 0 is for ever")
        return days

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
    password_cost = Cost(passes=1, memory_kib=8, lanes=1)
    presence_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0


# Values that no error message shows: an SMTP_URL holds a password.
_SECRETS = frozenset({"SECRET_KEY", "MQTT_URL", "SMTP_URL", "SENDGRID_API_KEY"})

CONFIGS: dict[str, type[Config]] = {
    "development": DevelopmentConfig,
    "production": ProductionConfig,
    "testing": TestingConfig,
}


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """The configuration that the environment asks for.

    Raises ConfigError with one line that names the wrong variable. An empty variable counts as unset, as in a compose file.
    """
    environ = os.environ if environ is None else environ
    env = environ.get("FLASK_ENV") or "development"
    config_class = CONFIGS.get(env)
    if config_class is None:
        raise ConfigError(f"FLASK_ENV: must be one of {', '.join(CONFIGS)}, not {env!r}")
    values = {name: environ[name.upper()] for name in config_class.model_fields if environ.get(name.upper())}
    try:
        return config_class.model_validate(values).resolved()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        variable = str(first["loc"][0]).upper()
        message = first["msg"].removeprefix("Value error, ")
        shown = "" if variable in _SECRETS else f" (it is {values[variable.lower()]!r})"
        raise ConfigError(f"{variable}: {message}{shown}") from None
