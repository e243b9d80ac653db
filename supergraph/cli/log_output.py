"""Where the log goes, and how it looks: a JSON object a line, or for people at a terminal."""

import logging
import sys
from typing import TYPE_CHECKING, Final

import orjson
import structlog

from supergraph.gateway.log_lines import add_request, describe_exceptions, keep_first_line, redact
from supergraph.gateway.settings import LogSettings

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


_FIRST: Final = ("timestamp", "level", "event")


def configure_logging(settings: LogSettings | None = None, *, for_people: bool = False) -> None:
    """The log goes to stderr: stdout belongs to a command's result.

    `for_people` decides the form where the settings leave it open. People at work are shown the messages of exceptions
    too. What libraries log by `logging` takes the same way, from warnings on.
    """
    settings = settings or LogSettings()
    in_console = settings.form == "console" or (settings.form == "auto" and for_people)
    # Not what stands for stderr at the moment: it may be closed before the last line is logged.
    stream = sys.__stderr__ or sys.stderr
    level = _LEVELS[settings.level]
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_request,
        structlog.processors.format_exc_info if in_console else describe_exceptions,
        redact,
    ]
    render: Processor = structlog.dev.ConsoleRenderer(colors=stream.isatty()) if in_console else _render_json
    structlog.configure(
        processors=[*common, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[keep_first_line, structlog.stdlib.add_logger_name, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(max(level, logging.WARNING))


def _render_json(_: object, __: str, event: "EventDict") -> str:
    # What every line has stands first: people look at these lines as well.
    first = {name: event.pop(name) for name in _FIRST if name in event}
    return orjson.dumps({**first, **event}, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
