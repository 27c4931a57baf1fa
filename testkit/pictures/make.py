#!/usr/bin/env python3
"""Makes the few test pictures that only libjpeg-turbo and libwebp can write. Needs Pillow 12 or later; run it in this folder.

The scene is the one of `scene` in testkit/src/pictures.rs: synthetic, no photograph.
"""
from PIL import Image

QUARTERS = [(200, 40, 40), (40, 170, 60), (50, 60, 190), (220, 200, 60)]
WIDTH, HEIGHT = 96, 64


def scene():
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            phase = (x + 2 * y) % 24
            wave = min(phase, 24 - phase) * 2 - 12
            quarter = (x >= WIDTH // 2) + 2 * (y >= HEIGHT // 2)
            picture.putpixel((x, y), tuple(max(0, min(255, v + wave)) for v in QUARTERS[quarter]))
    return picture


picture = scene()
picture.save("progressive.jpg", quality=85, progressive=True, subsampling="4:2:0")
# Inks without black: C = 255 - R and so on. Pillow stores them inverted under Adobe's marker, as Photoshop does.
inks = Image.merge("CMYK", [*(band.point(lambda v: 255 - v) for band in picture.split()), Image.new("L", picture.size, 0)])
inks.save("cmyk.jpg", quality=60)
picture.save("lossy.webp", quality=85, method=6)
half = picture.copy()
alpha = Image.new("L", picture.size, 255)
alpha.paste(102, (WIDTH // 2, 0, WIDTH, HEIGHT))
half.putalpha(alpha)
half.save("lossy_alpha.webp", quality=85, method=6)
small = picture.resize((48, 48))
small.save("animated.webp", save_all=True, append_images=[small.rotate(180)], duration=100, quality=50, method=6)
# JPEG 2000, from OpenJPEG: lossless in the container, lossy and in two tiles as a bare codestream, grey.
picture.save("lossless.jp2", irreversible=False)
picture.save("lossy.j2k", irreversible=True, quality_mode="rates", quality_layers=[12, 6], tile_size=(64, 64))
picture.convert("L").save("grey.jp2", irreversible=False, num_resolutions=3)
Image.open("../../fixtures/obama-1.jpg").resize((240, 300), Image.LANCZOS).save(
    "../../fixtures/obama-1.jp2", irreversible=True, quality_mode="rates", quality_layers=[16]
)
