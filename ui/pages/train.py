"""To come."""

from ui import parts

parts.page_title("train")
