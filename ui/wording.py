"""The planner's sentences as the page says them: they name command line options, and here are controls with other names."""

from __future__ import annotations

# Longer ones first: --reserve-flash holds --flash.
CONTROLS = {
    "--reserve-flash and --reserve-ram": "the reserves under Limits",
    "--reserve-flash": "the reserve under Limits",
    "--reserve-ram": "the reserve under Limits",
    "--max-class-drop": "The points that one class may lose",
    "--max-drop": "The points of accuracy that a file may lose",
    "--max-flash": "The largest file in flash",
    "--max-gzip": "The largest download",
    "--flash": "the flash field under Limits",
    "--ram": "the RAM field under Limits",
    "give a model file with --init FILE": "choose a model file where training starts from",
    " --init scratch does without.": "",
    "; --init scratch does without": "",
    ": name one, `builder devices` lists them": ": choose one",
    " `builder devices` lists all; others go into a file of your own.": " Choose another one.",
    ", and `builder plan` has typical sizes": "",
}


def in_app(sentence: str) -> str:
    """A sentence without options.

    Args:
        sentence: of a verdict, a note or an error.
    """
    for option, control in CONTROLS.items():
        sentence = sentence.replace(option, control)
    return sentence
