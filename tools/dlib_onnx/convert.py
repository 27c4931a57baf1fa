#!/usr/bin/env python3
"""Builds dlib_resnet_fp16.onnx from the XML text that dump.cpp writes.

Needs: numpy, onnx (prepare.sh pins them). Usage: convert.py NET.xml OUT.onnx

The graph is dlib's face recognition ResNet (dnn_face_recognition_ex.cpp, CC0 weights): input `image` 1x3x150x150 RGB with values 0..255,
output `template` 1x128, compared by Euclidean distance. Each affine layer is folded into the convolution before it. Weights are stored as
16-bit floats and cast to 32-bit in the graph, which halves the file; check.sh compares the result with dlib itself.
"""
import sys
import xml.etree.ElementTree as tree

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

source, target = sys.argv[1:3]
nodes, weights, tags = [], [], {}


def numbers(element):
    return np.array((element.text or "").split(), np.float32)


def constant(name, value):
    weights.append(numpy_helper.from_array(value.astype(np.float16), name + "_half"))
    nodes.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    return name


def emit(kind, inputs, name, **attributes):
    nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
    return name


def side(size, window, stride, padding):
    return (size + 2 * padding - window) // stride + 1


def padded(value, shape, want, name):
    """Grows channels, rows and columns with zeros at their ends, as dlib's add_prev does."""
    if shape == want:
        return value
    grow = [0, 0, 0, 0, 0] + [b - a for a, b in zip(shape, want)]
    weights.append(numpy_helper.from_array(np.array(grow, np.int64), name + "_pads"))
    return emit("Pad", [value, name + "_pads"], name, mode="constant")


value, shape, pending = "image", (3, 150, 150), None
for layer in reversed(tree.parse(source).getroot().findall("layer")):
    name = "layer" + layer.get("idx")
    if layer.get("type") == "tag":
        tags[layer.get("id")] = (value, shape)
        continue
    if layer.get("type") == "skip":
        value, shape = tags[layer.get("id")]
        continue
    body = layer[0]
    step = [int(body.get("stride_y", 1)), int(body.get("stride_x", 1))]
    pad = [int(body.get("padding_y", 0)), int(body.get("padding_x", 0))]
    if body.tag == "input_rgb_image_sized":
        mean = np.array([float(body.get(c)) for c in "rgb"], np.float32).reshape(1, 3, 1, 1)
        weights.append(numpy_helper.from_array(mean, "mean"))
        weights.append(numpy_helper.from_array(np.array(1 / 256, np.float32), "scale"))
        value = emit("Mul", [emit("Sub", [value, "mean"], "centred"), "scale"], name)
    elif body.tag == "con":
        filters, rows, columns = (int(body.get(k)) for k in ("num_filters", "nr", "nc"))
        flat = numbers(body)
        pending = (flat[:-filters].reshape(filters, shape[0], rows, columns), flat[-filters:], step, pad)
    elif body.tag == "affine_con":
        kernel, bias, step, pad = pending
        gamma, beta = np.split(numbers(body), 2)
        names = [value, constant(name + "_w", kernel * gamma.reshape(-1, 1, 1, 1)), constant(name + "_b", bias * gamma + beta)]
        value = emit("Conv", names, name, kernel_shape=kernel.shape[2:], strides=step, pads=pad * 2)
        shape = (kernel.shape[0], *(side(s, k, t, p) for s, k, t, p in zip(shape[1:], kernel.shape[2:], step, pad)))
    elif body.tag == "relu":
        value = emit("Relu", [value], name)
    elif body.tag in ("max_pool", "avg_pool"):
        window = [int(body.get("nr")) or shape[1], int(body.get("nc")) or shape[2]]
        kind = "MaxPool" if body.tag == "max_pool" else "AveragePool"
        value = emit(kind, [value], name, kernel_shape=window, strides=step, pads=pad * 2)
        shape = (shape[0], *(side(s, k, t, p) for s, k, t, p in zip(shape[1:], window, step, pad)))
    elif body.tag == "add_prev":
        other, other_shape = tags[body.get("tag")]
        want = tuple(max(a, b) for a, b in zip(shape, other_shape))
        value = emit("Add", [padded(value, shape, want, name + "_a"), padded(other, other_shape, want, name + "_b")], name)
        shape = want
    elif body.tag == "fc_no_bias":
        flat = emit("Flatten", [value], name + "_flat")
        matrix = numbers(body).reshape(shape[0] * shape[1] * shape[2], -1)
        value = emit("MatMul", [flat, constant(name + "_w", matrix)], "template")
    elif body.tag != "loss_metric":
        sys.exit(f"layer {body.tag} is not one of dlib's face recognition network")

graph = helper.make_graph(
    nodes, "dlib_face_recognition_resnet_v1",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 150, 150])],
    [helper.make_tensor_value_info("template", TensorProto.FLOAT, [1, 128])], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="countenance tools/dlib_onnx")
model.ir_version = 8
onnx.checker.check_model(model)
onnx.save(model, target)
