"""Makes the files of one technique from a build's weights, and measures them. TensorFlow and TFMOT are imported when needed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder import records
from builder.compress.techniques import TECHNIQUES
from builder.errors import MissingTool, ModelFileError
from builder.events import Emit
from builder.matrix import FOLDER, Row, keeping, shelf
from builder.matrix.measuring import Said, Scored, measured
from builder.matrix.model import LayerKept, LeftAlone
from builder.reopening import Reopened
from builder.runs import write_atomically

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from builder.compress.settings import Compression
    from builder.matrix.shelf import PostTraining

WEIGHTS, TRAINING = "weights", "training"


class Maker:
    """What all techniques of one build share: its network, its scores, its calibration photos.

    Args:
        build: the finished build.
        compression: how much to compress, and how long to tune.
        emit: hears what happens.
    """

    def __init__(self, build: Reopened, compression: Compression, emit: Emit) -> None:
        self.build, self.compression, self.emit = build, compression, emit
        self.folder = build.run.folder / FOLDER
        self.weights_sha256 = records.sha256(build.run.folder / records.MODEL) or ""

    def make(self, name: str, settings: Mapping[str, Any]) -> tuple[Row, Said | None]:
        """A technique's row without its time and verdict, and what its first file said about the photos."""
        return self.post_trained(name, settings) if name in shelf.POST_TRAINING else self.tuned(name, settings)

    @cached_property
    def trained(self) -> Any:
        """The trained network, on whatever Keras runs on."""
        return self.build.model()

    @cached_property
    def model(self) -> Any:
        """The same on TensorFlow, from which files are converted."""
        import keras

        if keras.backend.backend() == "tensorflow":
            return self.trained
        from builder.export.freeze import rebuild

        return rebuild(self.build.network, self.trained.get_weights())

    @cached_property
    def scored(self) -> Scored:
        """The trained network's scores, kept since an earlier run or computed now."""
        known = keeping.read_scores(self.folder, self.weights_sha256)
        dataset = self.build.dataset
        if known is not None and (len(known.test), len(known.validation)) == (len(dataset.test), len(dataset.validation)):
            return known
        from builder.pipeline import predict

        found = Scored(predict(self.trained, dataset.test.images), predict(self.trained, dataset.validation.images))
        keeping.write_scores(self.folder, self.weights_sha256, found)
        return found

    @cached_property
    def said(self) -> Said:
        """The network's top labels."""
        return self.scored.said

    @cached_property
    def frozen(self) -> Any:
        """The trained network as one frozen graph."""
        from builder.export.freeze import freeze

        return freeze(self.model)

    def photos(self, count: int) -> NDArray[np.uint8]:
        """Training photos to calibrate on."""
        from builder.export.calibration import sample

        return sample(self.build.dataset.train, seed=self.build.config.seed, photos_max=count)

    def post_trained(self, name: str, settings: Mapping[str, Any]) -> tuple[Row, Said | None]:
        """Files whose numbers are rounded: those of the build where they are the same, else new ones."""
        technique = shelf.POST_TRAINING[name]
        files = self.of_the_build(technique, settings)
        if files is None:
            from builder.export.convert import calibrate, convert, convert_16, quantize

            count = int(settings.get("calibration_photos", 0))
            if name == "int16":
                contents = {"int16": convert_16(self.frozen, self.photos(count))}
            elif count:
                calibrated = calibrate(self.frozen, self.photos(count))
                contents = {variant: quantize(calibrated, variant) for variant in technique.files}  # type: ignore[arg-type]
            else:
                contents = {variant: convert(self.frozen, variant) for variant in technique.files}  # type: ignore[arg-type]
            files = self.keep(name, contents)
        return self.measure(name, files, settings=settings)

    def of_the_build(self, technique: PostTraining, settings: Mapping[str, Any]) -> dict[str, Path] | None:
        """The files that the build made itself by this technique; None where it did not, or with other settings."""
        report, folder = self.build.report, self.build.run.folder
        if settings.get("calibration_photos", technique.calibration_photos) != technique.calibration_photos:
            return None
        if technique.name not in report.measured.variants:
            return None
        files = {variant: report.measured.variants.get(variant) for variant in technique.files}
        whole = {
            variant: folder / made.file
            for variant, made in files.items()
            if made is not None and records.sha256(folder / made.file) == made.sha256
        }
        return whole if set(whole) == {variant for variant, made in files.items() if made is not None} else None

    def keep(self, name: str, contents: Mapping[str, bytes]) -> dict[str, Path]:
        """Writes a technique's files, with metadata and without waste."""
        from builder.export.convert import SLIM_FLAVOURS
        from builder.export.metadata import write
        from builder.slim.slimming import slim

        files = {}
        for variant, converted in contents.items():
            path = self.folder / (f"{name}_micro.tflite" if variant == "int8_micro" else f"{name}.tflite")
            content = write(converted, self.metadata(name))
            content = slim(content, SLIM_FLAVOURS.get(variant, "mobile")).content
            write_atomically(path, content)
            files[variant] = path
            self.emit("variant", variant=variant, file=f"{FOLDER}/{path.name}", flash_bytes=len(content))
        return files

    def metadata(self, name: str) -> Any:
        """What the files say about themselves."""
        from builder.export.about import about

        build = self.build
        said = about(build.config, build.network, build.dataset.classes, build.run.id)
        return replace(said, description=f"{said.description.removesuffix('.')}, {shelf.title_of(name)}.")

    def tuned(self, name: str, settings: Mapping[str, Any]) -> tuple[Row, Said | None]:
        """Files of weights that were tuned."""
        tune, save_weights = tools()
        technique, build = TECHNIQUES[name], self.build
        training = self.folder / TRAINING / name
        from builder.pipeline import augmenter

        tuned = tune(
            technique,
            build.network,
            self.start_of(technique.after),
            build.dataset,
            self.compression,
            training=build.config.training,
            augmenter=augmenter(build.config, build.source, build.dataset),
            seed=build.config.seed,
            folder=training,
            emit=self.emit,
        )
        save_weights(self.weights_path(name), tuned.weights)
        files = self.keep(name, self.converted(tuned))
        row, said = self.measure(
            name,
            files,
            settings=settings,
            trained=True,
            epochs=tuned.epochs,
            left_alone=[LeftAlone(each.layer, each.reason) for each in tuned.skipped],
            kept=self.kept(technique, next(iter(files.values()))),
        )
        shutil.rmtree(training, ignore_errors=True)
        return row, said

    def weights_path(self, name: str) -> Path:
        """Where a technique's tuned weights lie."""
        return self.folder / WEIGHTS / f"{name}.npz"

    def has_weights(self, name: str) -> bool:
        """Whether the weights that a technique left can be read, for those that start from them."""
        from builder.compress.weights_file import load_weights

        try:
            load_weights(self.weights_path(name))
        except ModelFileError:
            return False
        return True

    def start_of(self, after: str | None) -> list[NDArray[np.float32]]:
        """The weights that a technique starts from: those that another one left, or the build's."""
        if after is None:
            return list(self.model.get_weights())
        from builder.compress.weights_file import load_weights

        return load_weights(self.weights_path(after))

    def converted(self, tuned: Any) -> dict[str, bytes]:
        """The integer files of tuned weights, before metadata."""
        if tuned.quantized:
            from builder.compress.integer import quantized_files

            return dict(quantized_files(tuned.model))
        from builder.export.convert import conversions

        photos = self.photos(shelf.CALIBRATION_PHOTOS)
        return dict(conversions(tuned.model, ("int8", "int8_micro"), photos))

    def kept(self, technique: Any, path: Path) -> list[LayerKept]:
        """What a technique wanted of each layer, and what is in the exported bytes."""
        if technique.steps == ("qat",):
            return []
        from builder.compress.kept import kept_in_file
        from builder.tflite_file import read

        found = kept_in_file(technique, self.build.network, self.compression, read(path))
        return [
            LayerKept(
                layer=each.layer,
                sparsity_wanted=each.sparsity_wanted,
                sparsity=each.sparsity,
                values_wanted=each.values_wanted,
                values=each.values,
                groups_wanted=each.groups_wanted,
                groups=each.groups,
                whole=each.whole,
            )
            for each in found
        ]

    def measure(self, name: str, files: Mapping[str, Path], **facts: Any) -> tuple[Row, Said | None]:
        """The technique's row."""
        return measured(name, files, self.build.run.folder, self.build.dataset, self.scored, emit=self.emit, **facts)


def tools() -> tuple[Any, Any]:
    """What tuning needs.

    Raises:
        MissingTool: TFMOT or the Keras that it works with does not import.
    """
    try:
        from builder.compress.tuning import tune
        from builder.compress.weights_file import save_weights
    except ImportError as error:
        raise MissingTool(
            f"Tuning needs tensorflow-model-optimization and tf-keras, which do not import here ({error}). Install them: "
            "make install, or pip install -r requirements.txt."
        ) from None
    return tune, save_weights
