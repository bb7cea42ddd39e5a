"""`builder …` and `python -m builder …`: runs a command and turns every error into a message and an exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading

from builder.errors import EXIT_BAD_INPUT, EXIT_BROKEN, EXIT_DONE, EXIT_INTERRUPTED, BuilderError

STOPPED = "Stopped. Run the same command again: a build goes on from its last whole epoch or stage."
DISK = {errno.ENOSPC: "The disk is full", errno.EDQUOT: "The disk quota is used up", errno.EROFS: "The disk is read-only"}

REPEAT_SECONDS = 0.05  # by then the callback has ended


def main() -> None:
    """The console script; exit codes as in `builder.errors`."""
    open_closed_streams()
    heed_signals()
    code = run()
    if code == EXIT_INTERRUPTED:
        leave(code)
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Runs one command line and returns its exit code; a traceback is shown only when BUILDER_TRACEBACK is set."""
    try:
        from builder.cli import app

        result = app(args=arguments, prog_name="builder", standalone_mode=False)
    except BuilderError as error:
        return complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return complain(STOPPED, EXIT_INTERRUPTED)
    except BrokenPipeError:
        return reader_gone()
    except SystemExit as end:  # Typer and rich end the process themselves when a pipe breaks
        return reader_gone() if isinstance(end.__context__, BrokenPipeError) else unexpected(end)
    except OSError as error:
        if error.errno in DISK:
            place = f": {error.filename} could not be written" if error.filename else ""
            return complain(f"{DISK[error.errno]}{place}. Make room there and run the same command again.", EXIT_BAD_INPUT)
        return unexpected(error)
    except Exception as error:  # the last resort: a defect of ours must not look like the user's fault
        return usage_error(error) or unexpected(error)
    if result == EXIT_INTERRUPTED:  # Typer has turned Ctrl-C into a code and says nothing
        return complain(STOPPED, EXIT_INTERRUPTED)
    return result if isinstance(result, int) else 0


def open_closed_streams() -> None:
    """Puts the null device where the caller closed stdin, stdout or stderr: the next file opened would take its number."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as the process


def heed_signals() -> None:
    """Lets every polite request to end be a Ctrl-C: nothing whole is lost by it, and the same command goes on.

    Schedulers and containers send SIGTERM, a terminal that closes SIGHUP, which `nohup` has ignored. SIGINT is what `builder stop`
    sends, and is ignored or blocked where a script has started the command with `&`, or a program that wants none.
    """
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if sign != signal.SIGHUP or signal.getsignal(sign) != signal.SIG_IGN:
            signal.signal(sign, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.unraisablehook = heed_interrupt


def heed_interrupt(lost: sys.UnraisableHookArgs) -> None:
    """Repeats a Ctrl-C that came while Python was in a callback that may not raise, such as JAX's at garbage collection.

    Python drops such an exception with a word on stderr; of 40 Ctrl-C at random moments of a short build, 3 were lost that way.
    """
    if lost.exc_type is KeyboardInterrupt:
        threading.Timer(REPEAT_SECONDS, os.kill, [os.getpid(), signal.SIGINT]).start()
    else:
        sys.__unraisablehook__(lost)


def leave(code: int) -> None:
    """Ends the process at once: no thread of TensorFlow's is waited for, and none prints below our last word.

    Nothing is lost by it: files are renamed into place when they are whole, and the system frees the locks.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def reader_gone() -> int:
    """The reader of stdout has read enough (`builder ... | head`): nothing more to say to it, and nothing wrong."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_DONE


def usage_error(error: Exception) -> int:
    """Shows a wrong option or argument and where to read on; returns 0 when it is another kind of error.

    Known by its shape: Typer has raised it from Click and, since 0.26, from a copy of Click inside itself.
    """
    if type(error).__name__ == "Abort":
        return complain(STOPPED, EXIT_INTERRUPTED)
    if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
        return 0
    if type(error).__name__ == "NoArgsIsHelpError":  # the help has been printed, and there is nothing to add
        return int(error.exit_code)
    command = getattr(getattr(error, "ctx", None), "command_path", "builder")
    message = error.format_message().strip().rstrip(".")
    stop = "" if message.endswith(("?", "!")) else "."
    return complain(f"{message}{stop} `{command} --help` explains every option.", error.exit_code)


def complain(message: str, code: int) -> int:
    """Prints an error on stderr and returns the exit code."""
    from rich.console import Console
    from rich.text import Text

    from builder.formats import printable

    with contextlib.suppress(OSError, ValueError):  # where stderr is full or gone, the code still tells
        Console(stderr=True, soft_wrap=True).print(Text.assemble(("Error: ", "bold red"), printable(message)))
    return code


def unexpected(error: BaseException) -> int:
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
