"""NumPy against onnxruntime, on the networks that ship: ``python -m hil_tests.bench.inference``.

    dsp/models/impulse.npz ─┬─ dsp.network ──────────────────────────┐
                            └─ an ONNX graph of the same arrays ── onnxruntime, one thread ─┴─ equal logits, ms, MB

One image at a time, as the node has them. Needs the extra ``bench`` (onnx, onnxruntime; wheels for aarch64 and x86-64).
Import time and resident memory are those of processes that load nothing else.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from dsp import melgram
from dsp.network import Network

ROUNDS, CALLS = 7, 40
ALIKE = 2e-3  # of logits of some ten: float32 sums in another order
NUMPY, ORT = "numpy", "numpy, onnxruntime"
Arrays = dict[str, NDArray[np.float32]]
PROBE = """
import time
begun = time.perf_counter()
import {modules}
took_ms = 1000 * (time.perf_counter() - begun)
resident = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(took_ms, int(resident.split()[1]) / 1024)
"""


def shipped() -> tuple[list[Arrays], tuple[int, ...]]:
    """The arrays of each network, and the strides of its convolutions."""
    folder = files("dsp.models")
    card = json.loads(folder.joinpath("impulse.json").read_text(encoding="utf-8"))
    with folder.joinpath("impulse.npz").open("rb") as stored, np.load(stored) as held:
        arrays = {name: held[name].astype(np.float32) for name in held.files}
    numbers = range(card["networks"])
    parts = [{k.split("/")[1]: v for k, v in arrays.items() if k.startswith(f"{n}/")} for n in numbers]
    return parts, tuple(card["strides"])


def graph(arrays: Arrays, strides: tuple[int, ...]) -> bytes:
    """The same network as an ONNX model: image (1, planes, frames, mels) to logits."""
    held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    nodes, last = [], "image"
    for at, stride in enumerate(strides):
        held[f"kernel{at}"] = np.ascontiguousarray(arrays[f"kernel{at}"].transpose(3, 2, 0, 1))
        pad = held[f"kernel{at}"].shape[-1] // 2
        given = [last, f"kernel{at}", f"bias{at}"]
        nodes.append(helper.make_node("Conv", given, [f"sum{at}"], strides=[stride] * 2, pads=[pad] * 4))
        nodes.append(helper.make_node("Relu", [f"sum{at}"], [f"planes{at}"]))
        last = f"planes{at}"
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["mean"]),
        helper.make_node("GlobalMaxPool", [last], ["most"]),
        helper.make_node("Concat", ["mean", "most"], ["pooled"], axis=1),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "matrix0", "offset0"], ["dense"]),
        helper.make_node("Relu", ["dense"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "matrix1", "offset1"], ["logits"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 2, melgram.FRAMES, melgram.MELS])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, arrays["offset1"].size])
    constants = [helper.make_tensor(k, TensorProto.FLOAT, v.shape, v.ravel()) for k, v in held.items()]
    made = helper.make_graph(nodes, "impulse", [image], [logits], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def session(model: bytes) -> onnxruntime.InferenceSession:
    """onnxruntime on one thread: a node has other work for its cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def least_ms(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Of a call of each, by turns: the least mean of some rounds."""
    took = dict.fromkeys(work, np.inf)
    for _ in range(ROUNDS):
        for name, call in work.items():
            begun = time.process_time()
            for _ in range(CALLS):
                call()
            took[name] = min(took[name], 1000 * (time.process_time() - begun) / CALLS)
    return took


def speed() -> None:
    """Time a proposal, after both have given the same."""
    parts, strides = shipped()
    ours = [Network.of(arrays, strides) for arrays in parts]
    theirs = [session(graph(arrays, strides)) for arrays in parts]
    line = np.random.default_rng(1).standard_normal(melgram.SAMPLES).astype(np.float32)
    image = melgram.melgram(line)
    batch = {"image": image[None]}
    apart = max(
        float(np.abs(a.logits(image) - b.run(None, batch)[0][0]).max()) for a, b in zip(ours, theirs, strict=True)
    )
    if apart > ALIKE:
        sys.exit(f"logits differ by {apart:g}; expected at most {ALIKE:g}")
    took = least_ms(
        {
            "melgram": lambda: melgram.melgram(line),
            "one network, NumPy": lambda: ours[0].logits(image),
            "one network, onnxruntime": lambda: theirs[0].run(None, batch),
            f"{len(ours)} networks, NumPy": lambda: [one.logits(image) for one in ours],
            f"{len(ours)} networks, onnxruntime": lambda: [one.run(None, batch) for one in theirs],
        }
    )
    print(f"{'CPU a proposal':36}{'ms':>8}{'x melgram':>11}      logits differ by {apart:.1g}")
    for name, ms in took.items():
        print(f"{name:36}{ms:8.2f}{ms / took['melgram']:11.1f}")


def weight() -> None:
    """What each brings to a process."""
    print(f"{'IMPORTED':36}{'ms':>8}{'MB':>11}")
    for modules in (NUMPY, ORT):
        runs = [_probe(modules) for _ in range(3)]
        ms, mb = (min(run[i] for run in runs) for i in (0, 1))
        print(f"{modules:36}{ms:8.0f}{mb:11.0f}")


def _probe(modules: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(modules=modules)], capture_output=True, text=True, check=True
    )
    ms, mb = done.stdout.split()
    return float(ms), float(mb)


if __name__ == "__main__":
    speed()
    weight()
