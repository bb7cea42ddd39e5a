"""The same trained weights at several resolutions: the values and their JSON. Light; `builder.exporting` makes them.

model      what each resolution costs and brings
json_file  resolutions/resolutions.json
"""

from builder.resolutions.json_file import read_resolutions, resolutions_path, write_resolutions
from builder.resolutions.model import FOLDER, NAME, File, Predicted, Resolutions, Row

__all__ = [
    "FOLDER",
    "NAME",
    "File",
    "Predicted",
    "Resolutions",
    "Row",
    "read_resolutions",
    "resolutions_path",
    "write_resolutions",
]
