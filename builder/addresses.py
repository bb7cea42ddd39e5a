"""Addresses of servers and stores, as they may be kept and shown: with their secrets masked."""

from __future__ import annotations

import re

MASK = "***"

# A password may hold any of /@: except that it is no port followed by a path: then there is none.
PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):(?:[^/\s]*@|(?!\d+/)[^@\s]*@)")
SECRET = re.compile(r"(?i)([?&][^=&\s]*(?:pass|pwd|secret|token|key|sig|credential)[^=&\s]*=)[^&#\s]+")


def shown(text: str) -> str:
    """A URI, or a sentence with some in it, without passwords, keys and tokens.

    Args:
        text: as it was given, or as a library says it.

    Example:
        >>> shown("https://me:secret@host:5000/a?token=abc")
        'https://me:***@host:5000/a?token=***'
    """
    return SECRET.sub(rf"\1{MASK}", PASSWORD.sub(rf"\1:{MASK}@", text))


def is_masked(text: str) -> bool:
    """Whether a URI has lost a secret by `shown`."""
    return f":{MASK}@" in text or f"={MASK}" in text
