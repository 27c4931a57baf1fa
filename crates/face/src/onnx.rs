//! Makes ONNX files runnable: quantised or 16-bit weights become 32-bit floats, training leftovers go.
//!
//! `OpenCV` Zoo's `int8bq` files keep weights as `DequantizeLinear` over blocks (ONNX operator set 21), list weights as graph inputs that nothing
//! feeds, and end with `Dropout`. ONNX Runtime and rten refuse that; folding gives the same numbers.

mod fold;

use crate::code::Code;
use crate::error::{Error, Result};
use rten_onnx::onnx::{DataType, Dimension, ModelProto, TensorProto, TypeProtoTensor};
use rten_onnx::protobuf::{DecodeMessage, EncodeMessage, ValueReader, ValueWriter};
use std::cell::RefCell;

fn unusable(detail: impl Into<String>) -> Error {
    Error::new(Code::PackModelUnusable, detail)
}

/// Reads an ONNX file and gives the bytes of an equal model without quantised weights; `free_size` lets
/// height and width of the input vary, which convolutional detectors allow.
///
/// # Errors
/// `pack-model-unusable` when the bytes are not ONNX or hold a form of weights that is not known here.
pub(crate) fn prepare(bytes: &[u8], free_size: bool) -> Result<Vec<u8>> {
    let mut model = ModelProto::decode(ValueReader::from_buf(bytes)).map_err(|e| unusable(e.to_string()))?;
    let graph = model.graph.as_mut().ok_or_else(|| unusable("the file has no graph"))?;
    if graph.node.is_empty() || graph.input.is_empty() || graph.output.is_empty() {
        return Err(unusable("the file has no network"));
    }
    fold::fold(graph)?;
    if free_size {
        for input in &mut graph.input {
            free(input.r#type.as_mut().and_then(|t| t.tensor_type.as_mut()), &[2, 3]);
        }
        for output in &mut graph.output {
            free(output.r#type.as_mut().and_then(|t| t.tensor_type.as_mut()), &[1]);
        }
        graph.value_info.clear();
    }
    let mut out = Vec::new();
    model.encode(ValueWriter::new(&mut out)).map_err(|e| unusable(e.to_string()))?;
    Ok(out)
}

fn free(tensor: Option<&mut TypeProtoTensor>, axes: &[usize]) {
    let Some(shape) = tensor.and_then(|t| t.shape.as_mut()) else { return };
    for &axis in axes {
        if let Some(dimension) = shape.dim.get_mut(axis) {
            *dimension = Dimension { dim_value: None, dim_param: Some(format!("free{axis}")) };
        }
    }
}

/// A constant of the graph as 32-bit floats or 64-bit integers with its shape.
#[derive(Clone)]
struct Constant {
    shape: Vec<usize>,
    values: Values,
}

#[derive(Clone)]
enum Values {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

impl Constant {
    fn read(tensor: &TensorProto) -> Option<Self> {
        let shape = tensor.dims.iter().map(|&d| usize::try_from(d).ok()).collect::<Option<Vec<_>>>()?;
        let count = shape.iter().try_fold(1_usize, |a, &b| a.checked_mul(b))?;
        let raw = tensor.raw_data.as_ref().map(RefCell::borrow);
        let raw = raw.as_ref().map(|r| r.as_slice());
        let values = match (tensor.data_type?, raw) {
            (DataType::FLOAT, Some(raw)) => Values::Floats(words(raw, f32::from_le_bytes)),
            (DataType::FLOAT, None) => Values::Floats(tensor.float_data.clone()),
            (DataType::FLOAT16, Some(raw)) => Values::Floats(words(raw, |b| half(u16::from_le_bytes(b)))),
            (DataType::INT8, Some(raw)) => Values::Integers(raw.iter().map(|&b| i64::from(b as i8)).collect()),
            (DataType::UINT8, Some(raw)) => Values::Integers(raw.iter().map(|&b| i64::from(b)).collect()),
            (DataType::INT8 | DataType::UINT8 | DataType::INT32, None) => {
                Values::Integers(tensor.int32_data.iter().map(|&v| i64::from(v)).collect())
            }
            (DataType::INT32, Some(raw)) => Values::Integers(words(raw, |b| i64::from(i32::from_le_bytes(b)))),
            (DataType::INT64, Some(raw)) => Values::Integers(words(raw, i64::from_le_bytes)),
            (DataType::INT64, None) => Values::Integers(tensor.int64_data.clone()),
            _ => return None,
        };
        let held = match &values {
            Values::Floats(v) => v.len(),
            Values::Integers(v) => v.len(),
        };
        (held == count).then_some(Self { shape, values })
    }

    fn floats(&self) -> Vec<f32> {
        match &self.values {
            Values::Floats(v) => v.clone(),
            Values::Integers(v) => v.iter().map(|&i| i as f32).collect(),
        }
    }

    fn integers(&self) -> Option<&[i64]> {
        match &self.values {
            Values::Integers(v) => Some(v),
            Values::Floats(_) => None,
        }
    }

    fn write(&self, name: &str) -> TensorProto {
        let (data_type, raw) = match &self.values {
            Values::Floats(v) => (DataType::FLOAT, v.iter().flat_map(|f| f.to_le_bytes()).collect::<Vec<_>>()),
            Values::Integers(v) => (DataType::INT64, v.iter().flat_map(|i| i.to_le_bytes()).collect()),
        };
        TensorProto {
            name: Some(name.to_owned()),
            dims: self.shape.iter().map(|&d| d as i64).collect(),
            data_type: Some(data_type),
            raw_data: Some(RefCell::new(raw)),
            ..TensorProto::default()
        }
    }
}

fn words<const N: usize, T>(raw: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    raw.as_chunks::<N>().0.iter().map(|&chunk| read(chunk)).collect()
}

/// IEEE 754 half precision to single.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits) & 0x3ff;
    let magnitude = match exponent {
        0 => return f32::from_bits(sign | (fraction as f32 * 2.0_f32.powi(-24)).to_bits()),
        0x1f => 0x7f80_0000 | fraction << 13,
        _ => (exponent + 112) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "every half is exact as a single")]
    fn halves_are_exact() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2.0_f32.powi(-24)),
            (0x0400, 2.0_f32.powi(-14)),
            (0x3555, 0.333_251_95),
        ] {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }

    #[test]
    fn rubbish_is_refused() {
        for bytes in [&b""[..], b"not a model", &[0x3a, 0xff, 0xff, 0xff, 0x0f]] {
            assert_eq!(prepare(bytes, false).unwrap_err().code, Code::PackModelUnusable);
        }
    }
}
