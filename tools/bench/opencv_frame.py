#!/usr/bin/env python3
"""CPU time of OpenCV's face pipeline on one picture, one thread: decode, YuNet at full size, alignCrop and SFace, with this pack's files.

Usage: opencv_frame.py MODELS PICTURE [RUNS]; prints JSON, medians in milliseconds of process CPU time.
"""
import json
import pathlib
import statistics
import sys
import time

import cv2
import numpy

models, picture = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
runs = int(sys.argv[3]) if len(sys.argv) > 3 else 15
cv2.setNumThreads(1)
data = numpy.frombuffer(picture.read_bytes(), numpy.uint8)
frame = cv2.imdecode(data, cv2.IMREAD_COLOR)
size = (frame.shape[1], frame.shape[0])
detector = cv2.FaceDetectorYN.create(str(models / "face_detection_yunet_2023mar_int8bq.onnx"), "", size, 0.7)
embedder = cv2.FaceRecognizerSF.create(str(models / "face_recognition_sface_2021dec_int8bq.onnx"), "")


def whole():
    image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    faces = detector.detect(image)[1]
    embedder.feature(embedder.alignCrop(image, faces[0]))


def median_ms(stage):
    times = []
    for run in range(runs + 3):
        start = time.process_time()
        stage()
        if run >= 3:
            times.append((time.process_time() - start) * 1e3)
    return round(statistics.median(times), 2)


print(json.dumps({"opencv": cv2.__version__, "width": size[0], "height": size[1], "whole_ms": median_ms(whole)}))
