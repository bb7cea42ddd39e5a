"""Photo sets that people upload or take in the app, each in a folder of its own below BUILDER_UPLOADS_DIR.

    <uploads>/<id>/set.json          kind, title, when
    <uploads>/<id>/<name>.zip        an archive as it came; a folder that was dragged in, packed without compression
    <uploads>/<id>/<name>/<class>/   photos from the webcam

The id of an archive is the hash of its content: the same photos uploaded twice are the same set. Nothing is unpacked, so no name
inside an upload ever becomes a path. BUILDER_UPLOAD_MAX (300MB) bounds the bytes of a set; files are bounded too.

    sets        what there is; rename, delete
    taking      from an upload to a set
    webcam      classes and photos, one by one
    names       which names a class may have
    checking    an archive looked at in a process of its own
"""

from __future__ import annotations

from builder.uploads.sets import PhotoSet as PhotoSet
from builder.uploads.sets import bytes_max as bytes_max
from builder.uploads.sets import photo_sets as photo_sets
from builder.uploads.sets import set_of as set_of
from builder.uploads.taking import take_archive as take_archive
from builder.uploads.taking import take_files as take_files
