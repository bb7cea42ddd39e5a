"""Try it: a photo, the webcam or a test photo through the very files of a build."""

from ui import parts, trying

parts.page_title("Try it", "A photo through the very files that a device runs, in processes of their own. Photos are not kept.")
trying.show()
