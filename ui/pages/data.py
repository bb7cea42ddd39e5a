"""Data: photos chosen, uploaded or taken with the webcam, and what they are like."""

from ui import parts
from ui.data import page

parts.page_title("Data", "Photos in two classes or more: choose, upload or take them, and see what they are like before training.")
page.show()
