//! Fake networks: what the pipeline does around its models is tested in milliseconds and without weights.

use face::error::Result;
use face::geometry::Rect;
use face::model::{Model, Output};

/// A detector that sees faces at fixed places.
pub struct FakeDetector {
    /// Boxes as shares of the picture's width and height, with their confidence.
    pub faces: Vec<(Rect, f32)>,
}

impl Model for FakeDetector {
    fn shape(&self) -> [Option<usize>; 4] {
        [Some(1), Some(3), None, None]
    }

    /// Gives `YuNet`'s twelve outputs; every face is reported by the cell of stride 8 that its centre lies in.
    fn run(&self, shape: [usize; 4], _: &[f32]) -> Result<Vec<Output>> {
        let [_, _, height, width] = shape;
        let mut outputs = Vec::new();
        for kind_size in [1, 1, 4, 10] {
            for stride in [8, 16, 32] {
                let cells = (width / stride) * (height / stride);
                outputs.push(Output { shape: vec![1, cells, kind_size], values: vec![0.0; cells * kind_size] });
            }
        }
        for (rect, confidence) in &self.faces {
            let (x, y) = (rect.x * width as f32 / 8.0, rect.y * height as f32 / 8.0);
            let (w, h) = (rect.width * width as f32 / 8.0, rect.height * height as f32 / 8.0);
            let (cx, cy) = (x + w / 2.0, y + h / 2.0);
            let cell = cy as usize * (width / 8) + cx as usize;
            outputs[0].values[cell] = *confidence;
            outputs[3].values[cell] = *confidence;
            let (dx, dy) = (cx - cx.floor(), cy - cy.floor());
            outputs[6].values[cell * 4..cell * 4 + 4].copy_from_slice(&[dx, dy, w.ln(), h.ln()]);
            let points = [(-0.2, -0.15), (0.2, -0.15), (0.0, 0.05), (-0.15, 0.25), (0.15, 0.25)];
            for (i, (px, py)) in points.into_iter().enumerate() {
                outputs[9].values[cell * 10 + i * 2] = dx + px * w;
                outputs[9].values[cell * 10 + i * 2 + 1] = dy + py * h;
            }
        }
        Ok(outputs)
    }
}

/// A mesh model that sees the same upright face in the middle of every crop.
pub struct FakeMesh {
    /// The confidence's logit.
    pub logit: f32,
}

impl Model for FakeMesh {
    fn shape(&self) -> [Option<usize>; 4] {
        [Some(1), Some(192), Some(192), Some(3)]
    }

    fn run(&self, _: [usize; 4], _: &[f32]) -> Result<Vec<Output>> {
        let mut values = Vec::with_capacity(468 * 3);
        for i in 0..468_u16 {
            let angle = f32::from(i) * 2.399_963;
            let radius = 60.0 * (f32::from(i) / 468.0).sqrt();
            values.extend([96.0 + radius * angle.cos(), 96.0 + radius * angle.sin(), radius - 60.0]);
        }
        let marks = [
            (33, 66, 80),
            (133, 84, 80),
            (362, 108, 80),
            (263, 126, 80),
            (4, 96, 104),
            (2, 96, 110),
            (61, 78, 126),
            (291, 114, 126),
            (10, 96, 40),
            (152, 96, 160),
        ];
        for (index, x, y) in marks {
            values[index * 3] = x as f32;
            values[index * 3 + 1] = y as f32;
            values[index * 3 + 2] = 0.0;
        }
        Ok(vec![
            Output { shape: vec![1, 1, 1, 1404], values },
            Output { shape: vec![1, 1, 1, 1], values: vec![self.logit] },
        ])
    }
}

/// An embedder whose vector is the mean brightness of the cells of a square grid.
pub struct FakeEmbedder {
    /// Cells along a side.
    pub side: usize,
}

impl Model for FakeEmbedder {
    fn shape(&self) -> [Option<usize>; 4] {
        [Some(1), Some(3), None, None]
    }

    fn run(&self, shape: [usize; 4], input: &[f32]) -> Result<Vec<Output>> {
        let [_, _, height, width] = shape;
        let mut values = vec![0.0; self.side * self.side];
        for (at, value) in input.iter().enumerate() {
            let (y, x) = (at / width % height, at % width);
            values[y * self.side / height * self.side + x * self.side / width] += value;
        }
        Ok(vec![Output { shape: vec![1, values.len()], values }])
    }
}

/// An attack classifier that says the same of every face.
pub struct FakeAttack {
    /// The logits of its three classes, the first a real face.
    pub logits: [f32; 3],
}

impl Model for FakeAttack {
    fn shape(&self) -> [Option<usize>; 4] {
        [Some(1), Some(3), Some(128), Some(128)]
    }

    fn run(&self, _: [usize; 4], _: &[f32]) -> Result<Vec<Output>> {
        Ok(vec![Output { shape: vec![1, 3], values: self.logits.to_vec() }])
    }
}
