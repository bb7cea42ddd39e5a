"""The shelf of compressed files: its values, its JSON, its faces. Light.

model      what each technique made
json_file  compressed/matrix.json
choosing   the smallest file that passes the gate
"""

from builder.matrix.json_file import matrix_path, read_matrix, write_matrix
from builder.matrix.model import FOLDER, NAME, File, Flip, LayerKept, LeftAlone, Matrix, Network, Row

__all__ = [
    "FOLDER",
    "NAME",
    "File",
    "Flip",
    "LayerKept",
    "LeftAlone",
    "Matrix",
    "Network",
    "Row",
    "matrix_path",
    "read_matrix",
    "write_matrix",
]
