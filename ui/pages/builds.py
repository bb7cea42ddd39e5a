"""Builds: everything that was built here, to sort, filter, open, compare, rename and delete."""

from ui import parts
from ui.builds import page

parts.page_title("Builds", "Everything that was built here. Everybody who uses this server sees the same builds.")
page.show()
