"""Batch: many builds from one form or file, and all builds of the same photos ranked."""

from ui.batch import page

page.show()
