"""g++ on what a bundle gives to firmware, with headers in the place of TFLite Micro's and Arduino's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from builder.bundle.operators import ADDERS

STRICT = ("-std=c++11", "-Wall", "-Wextra", "-Werror", "-pedantic")

RESOLVER = """
#pragma once
enum TfLiteStatus { kTfLiteOk, kTfLiteError };
namespace tflite {
struct MicroOpResolver {};
template <unsigned int tOpCount>
struct MicroMutableOpResolver : MicroOpResolver {
  unsigned int added = 0;
  TfLiteStatus Add() { return added++ < tOpCount ? kTfLiteOk : kTfLiteError; }
%s
};
}
""" % "\n".join(f"  TfLiteStatus {adder}() {{ return Add(); }}" for adder in sorted(set(ADDERS.values())))  # noqa: UP031

INTERPRETER = """
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"
enum TfLiteType { kTfLiteFloat32, kTfLiteUInt8, kTfLiteInt8 };
union TfLitePtrUnion { float* f; uint8_t* uint8; int8_t* int8; };
struct TfLiteTensor { TfLiteType type; TfLitePtrUnion data; size_t bytes; };
namespace tflite {
struct MicroInterpreter {
  MicroInterpreter(const Model*, const MicroOpResolver&, uint8_t*, size_t);
  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  TfLiteTensor* input(size_t);
  TfLiteTensor* output(size_t);
  size_t arena_used_bytes() const;
};
}
"""

SCHEMA = """
#pragma once
#include <stdint.h>
#define TFLITE_SCHEMA_VERSION (3)
namespace tflite {
struct Model { uint32_t version() const; };
const Model* GetModel(const void* buffer);
}
"""

ARDUINO = """
#pragma once
struct SerialPort {
  void begin(unsigned long);
  template <typename T> void print(T value) { (void)value; }
  template <typename T> void println(T value) { (void)value; }
};
extern SerialPort Serial;
void delay(unsigned long);
void setup();
void loop();
"""

HEADERS = {
    "tensorflow/lite/micro/micro_mutable_op_resolver.h": RESOLVER,
    "tensorflow/lite/micro/micro_interpreter.h": INTERPRETER,
    "tensorflow/lite/schema/schema_generated.h": SCHEMA,
    "TensorFlowLite.h": "#pragma once\n",
    "Arduino.h": ARDUINO,
}


def needed() -> None:
    """Skips where there is no compiler."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")


def headers(place: Path) -> Path:
    """The stand-in headers, in a folder of their own."""
    for name, text in HEADERS.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def compiled(folder: Path, *arguments: str) -> None:
    """Runs g++ in a folder; what it complains about fails the test."""
    done = subprocess.run(["g++", *STRICT, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def printed(folder: Path, *sources: str) -> bytes:
    """What a program says."""
    compiled(folder, "-I", ".", *sources, "-o", "program")
    return subprocess.run([folder / "program"], capture_output=True, check=True).stdout
