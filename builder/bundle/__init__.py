"""What goes to the phone and to the board: one zip with the files, the code that runs them, and a model card.

    made = bundle(Run(folder))
    made.path, made.checks, made.notes

Code for apps is written for the very file (shapes, types, normalization); firmware gets a C array, the operators that it uses,
and the arena of its device. Each bundle is opened again and run from its own bytes before it is kept.
"""

from builder.bundle.making import Bundle as Bundle
from builder.bundle.making import bundle as bundle

__all__ = ["Bundle", "bundle"]
