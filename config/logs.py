"""Logging: every record, ours and the libraries', leaves through structlog as one line of JSON or of console text."""

from collections.abc import Mapping
from typing import Any

import structlog

SHARED_PROCESSORS: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def logging_settings(*, form: str, level: str) -> Mapping[str, Any]:
    """What Django hands to `logging.config.dictConfig`. `form` is `json` or `console`."""
    configure_structlog()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering(form)],
                "foreign_pre_chain": list(SHARED_PROCESSORS),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {"django.server": {"handlers": ["stderr"], "level": level, "propagate": False}},
    }


def rendering(form: str) -> tuple[structlog.typing.Processor, ...]:
    """The last processors: a JSON line for machines, plain aligned text for people."""
    if form == "json":
        return structlog.processors.format_exc_info, structlog.processors.JSONRenderer()
    plain = structlog.dev.plain_traceback  # a richer one prints local variables, and with them personal data
    return (structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain),)


def configure_structlog() -> None:
    """structlog's own loggers hand their records to the standard library, so that there is one way out."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
