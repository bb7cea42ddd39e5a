"""`builder …` and `python -m builder …`: runs a command and turns every error into a message and an exit code."""

from __future__ import annotations

import errno
import os
import sys

from builder.errors import EXIT_BAD_INPUT, EXIT_BROKEN, EXIT_INTERRUPTED, BuilderError

STOPPED = "Stopped. Run the same command again to go on from the last whole epoch or stage."


def main() -> None:
    """The console script; exit codes as in `builder.errors`."""
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Runs one command line and returns its exit code; a traceback is shown only when BUILDER_TRACEBACK is set."""
    from builder.cli import app

    try:
        result = app(args=arguments, prog_name="builder", standalone_mode=False)
    except BuilderError as error:
        return complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return complain(STOPPED, EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone: nothing more to say to it
        return 0
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return complain(
                f"The disk is full: {error.filename or error}. Free some space and run the same command again.", EXIT_BAD_INPUT
            )
        return unexpected(error)
    except Exception as error:  # the last resort: a defect of ours must not look like the user's fault
        return usage_error(error) or unexpected(error)
    return result if isinstance(result, int) else 0


def usage_error(error: Exception) -> int:
    """Shows a wrong option or argument and where to read on; returns 0 when it is another kind of error.

    Known by its shape: Typer has raised it from Click and, since 0.26, from a copy of Click inside itself.
    """
    if type(error).__name__ == "Abort":
        return complain(STOPPED, EXIT_INTERRUPTED)
    if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
        return 0
    command = getattr(getattr(error, "ctx", None), "command_path", "builder")
    return complain(f"{error.format_message()} `{command} --help` explains every option.", error.exit_code)


def complain(message: str, code: int) -> int:
    """Prints an error on stderr and returns the exit code."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text.assemble(("Error: ", "bold red"), message))
    return code


def unexpected(error: Exception) -> int:
    """A defect of the builder itself: says so in one line."""
    if os.environ.get("BUILDER_TRACEBACK"):
        raise error
    kind = type(error).__name__
    return complain(
        f"Something went wrong inside the builder ({kind}: {error}). Nothing finished is lost: run the same command again. "
        "Set BUILDER_TRACEBACK=1 to see where it happened.",
        EXIT_BROKEN,
    )


if __name__ == "__main__":
    main()
