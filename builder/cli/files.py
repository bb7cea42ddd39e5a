"""Commands that look at a .tflite: `predict`, `inspect`, `evaluate`."""

from __future__ import annotations

from typing import Annotated

from builder.cli import options as given
from builder.cli.application import app, print_json


@app.command()
def predict(
    file: given.ModelFile,
    photos: given.PhotoFiles,
    top: Annotated[int, given.option(None, "How many labels a photo.", shown=True, min=1)] = 5,
    labels: given.LabelsFile = None,
    mean: given.Mean = None,
    std: given.Std = None,
    json: given.Json = False,
) -> None:
    """Name what is on photos, with the very file that a device would run."""
    from builder import verify

    predictions = verify.predict(file, photos, top=top, labels=labels, mean=mean, std=std)
    if json:
        print_json({"file": str(file), "photos": [prediction.to_json() for prediction in predictions]})
    else:
        from builder.console import print_predictions

        print_predictions(predictions)


@app.command()
def inspect(file: given.AnyModelFile, json: given.Json = False) -> None:
    """Look inside a .tflite: mult-adds, parameters, input and output, operators, labels, TFLite Micro's arena."""
    from builder import verify

    inspection = verify.inspect(file)
    if json:
        print_json(inspection.to_json())
    else:
        from builder.console import print_inspection

        print_inspection(file, inspection)


@app.command()
def evaluate(
    file: given.ModelFile,
    data: Annotated[str, given.option(None, "Photos, in the forms that `builder build --data` takes.")],
    test_data: given.TestData = None,
    split: Annotated[given.SplitName | None, given.option(None, "Only the photos of this split.", shown="all photos")] = None,
    split_seed: Annotated[int, given.option(None, "The split seed that the build used.", shown=True)] = 0,
    labels: given.LabelsFile = None,
    mean: given.Mean = None,
    std: given.Std = None,
    json: given.Json = False,
) -> None:
    """Measure a .tflite on a folder of photos: accuracy, in total and by class."""
    from builder import verify
    from builder.console import ConsoleProgress, print_evaluation

    with ConsoleProgress() as progress:
        evaluation = verify.evaluate(
            file,
            data,
            test_data=test_data,
            split=split,
            split_seed=split_seed,
            labels=labels,
            mean=mean,
            std=std,
            emit=progress,
        )
    if json:
        print_json(evaluation.to_json())
    else:
        print_evaluation(file, evaluation)
