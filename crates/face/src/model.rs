//! The seam between the pipeline and inference: a two-method trait, and its implementation with rten.

use crate::code::Code;
use crate::error::{Error, Result};
use rten::{NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::{AsView, Layout, NdTensorView};
use std::sync::{Arc, Mutex};

/// An output of a model: its shape and its values, last axis fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Vec<f32>,
}

/// A network that turns one 4-axis tensor into named outputs.
pub trait Model: Send + Sync {
    /// The input's axes as the file states them; `None` for an axis of free length.
    fn shape(&self) -> [Option<usize>; 4];

    /// Runs the network on `input` of `shape`; outputs come in the order in which the file lists them.
    ///
    /// # Errors
    /// `inference-failed`.
    fn run(&self, shape: [usize; 4], input: &[f32]) -> Result<Vec<Output>>;
}

/// Idle pools of one thread each. A run borrows one, so that one face is one core's work and a server's load stays predictable, while
/// several faces can be analysed at once.
#[derive(Default)]
pub(crate) struct Threads(Mutex<Vec<Arc<ThreadPool>>>);

impl Threads {
    fn with<T>(&self, work: impl FnOnce(Arc<ThreadPool>) -> T) -> T {
        let idle = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let pool = idle.unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let result = work(Arc::clone(&pool));
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(pool);
        result
    }
}

/// A network run by rten.
pub(crate) struct RtenModel {
    model: rten::Model,
    input: NodeId,
    outputs: Vec<NodeId>,
    threads: Arc<Threads>,
}

impl RtenModel {
    /// Loads an ONNX file; see [`crate::onnx::prepare`].
    ///
    /// # Errors
    /// `pack-model-unusable`.
    pub(crate) fn load(onnx: &[u8], free_size: bool, threads: Arc<Threads>) -> Result<Self> {
        let unusable = |detail: String| Error::new(Code::PackModelUnusable, detail);
        let mut options = rten::ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = options.load(crate::onnx::prepare(onnx, free_size)?).map_err(|e| unusable(e.to_string()))?;
        let &[input] = model.input_ids() else { return Err(unusable("a model needs exactly one input".to_owned())) };
        let outputs = model.output_ids().to_vec();
        Ok(Self { model, input, outputs, threads })
    }
}

impl Model for RtenModel {
    fn shape(&self) -> [Option<usize>; 4] {
        let stated = self.model.input_shape(0).unwrap_or_default();
        let mut shape = [None; 4];
        for (axis, dimension) in shape.iter_mut().zip(&stated) {
            if let rten::Dimension::Fixed(length) = dimension {
                *axis = Some(*length);
            }
        }
        shape
    }

    fn run(&self, shape: [usize; 4], input: &[f32]) -> Result<Vec<Output>> {
        let failed = |detail: String| Error::new(Code::InferenceFailed, detail);
        if shape.iter().product::<usize>() != input.len() {
            return Err(failed("the input does not fit its shape".to_owned()));
        }
        let view = NdTensorView::from_data(shape, input);
        let inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![(self.input, view.into())];
        let outputs = self.threads.with(|pool| {
            let mut options = RunOptions::default();
            options.thread_pool = Some(pool);
            self.model.run(inputs, &self.outputs, Some(options)).map_err(|e| failed(e.to_string()))
        })?;
        outputs
            .into_iter()
            .map(|value| read(&value).ok_or_else(|| failed("an output is not of floats".to_owned())))
            .collect()
    }
}

fn read(value: &Value) -> Option<Output> {
    let tensor = value.as_tensor_view::<f32>()?;
    Some(Output { shape: tensor.shape().to_vec(), values: tensor.to_vec() })
}
