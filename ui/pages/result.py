"""Result: how good the files of a build are, what they get wrong, and everything to download."""

from ui import parts
from ui.result import page

parts.page_title("Result", "What came of a build: measured from the very files that you download.")
page.show()
