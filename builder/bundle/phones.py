"""Code for apps: Kotlin for Android and Swift for iOS, each for MediaPipe and for LiteRT, with this model's figures in it."""

from __future__ import annotations

from builder.bundle.build_files import BuildFiles, ModelFile
from builder.bundle.entries import Entry, of_text
from builder.bundle.templates import render

FED = ("uint8", "float32")  # types that the snippets feed

# The build's own file for an app: the first of these that failed no check. MediaPipe refuses the one for microcontrollers.
PREFERRED = ("int8", "dynamic", "float16", "float32")

ALWAYS = {
    "android/Labels.kt": "labels.kt.j2",
    "android/LiteRtClassifier.kt": "litert.kt.j2",
    "android/build.gradle.kts": "gradle.kts.j2",
    "ios/Labels.swift": "labels.swift.j2",
    "ios/LiteRtClassifier.swift": "litert.swift.j2",
    "ios/Podfile": "podfile.j2",
}
WITH_MEDIAPIPE = {
    "android/MediaPipeClassifier.kt": "mediapipe.kt.j2",
    "ios/MediaPipeClassifier.swift": "mediapipe.swift.j2",
}


def file_for_apps(files: BuildFiles) -> ModelFile | None:
    """The file that the snippets load: the chosen technique's, else the build's own; None where none can be run from code."""
    if files.chosen is not None and files.chosen.first.takes(*FED):
        return files.chosen.first
    usable = [each for variant in PREFERRED if (each := files.model(variant)) is not None and each.use is not None]
    sound = [each for each in usable if each.made is not None and not each.made.failed]
    return next(iter(sound or usable), None)


def phones(files: BuildFiles, file: ModelFile) -> list[Entry]:
    """The folders `android` and `ios`; without MediaPipe for gray photos, which it does not take."""
    values = {"title": files.report.build.title, "model": file.use, "mediapipe": takes_mediapipe(file)}
    templates = ALWAYS | (WITH_MEDIAPIPE if values["mediapipe"] else {})
    return [of_text(name, render(template, **values)) for name, template in sorted(templates.items())]


def takes_mediapipe(file: ModelFile) -> bool:
    """Whether MediaPipe runs a file: it takes colour photos, as float32 or uint8."""
    return file.use is not None and file.use.channels == 3 and file.use.dtype in ("float32", "uint8")
