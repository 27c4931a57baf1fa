#!/usr/bin/env python3
"""Compares the ONNX file with dlib. Usage: check.py make CHIP.raw | check.py compare MODEL.onnx CHIP.raw TEMPLATE.txt

The chip is made of waves and noise from a fixed seed: 150 rows of 150 RGB pixels. Exits with 1 when a component differs by more than 0.001
(the weights are 16-bit floats, so the templates are not equal; their length is about 1.3).
"""
import sys

import numpy as np

LIMIT = 1e-3


def make(path):
    y, x = np.mgrid[0:150, 0:150] / 150
    waves = [np.sin(6 * x + c) * np.cos(5 * y - c) for c in range(3)]
    noise = np.random.default_rng(1).normal(0, 12, (150, 150, 3))
    np.clip(np.stack(waves, 2) * 90 + 128 + noise, 0, 255).astype(np.uint8).tofile(path)


def compare(model, chip, template):
    import onnxruntime

    pixels = np.fromfile(chip, np.uint8).reshape(1, 150, 150, 3).transpose(0, 3, 1, 2).astype(np.float32)
    ours = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"image": pixels})[0][0]
    theirs = np.loadtxt(template, dtype=np.float32)
    worst = float(np.abs(ours - theirs).max())
    print(f"largest difference of a component {worst:.2e}, lengths {np.linalg.norm(ours):.4f} and {np.linalg.norm(theirs):.4f}")
    sys.exit(worst > LIMIT)


{"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
