//! Folds what is constant: dequantisation, casts and reshapes of weights, batch normalisation after a convolution.

use super::{Constant, Values, unusable};
use crate::error::Result;
use rten_onnx::onnx::{GraphProto, NodeProto};
use std::collections::{HashMap, HashSet};

type Constants = HashMap<String, Constant>;

/// Folds `graph` in place; its inputs and outputs keep their names.
pub(super) fn fold(graph: &mut GraphProto) -> Result<()> {
    let mut constants = Constants::new();
    for tensor in &graph.initializer {
        let name = tensor.name.clone().unwrap_or_default();
        let constant =
            Constant::read(tensor).ok_or_else(|| unusable(format!("weight `{name}` has an unknown form")))?;
        constants.insert(name, constant);
    }
    let mut nodes = Vec::with_capacity(graph.node.len());
    let mut renamed = HashMap::new();
    for mut node in std::mem::take(&mut graph.node) {
        for input in &mut node.input {
            if let Some(name) = renamed.get(input) {
                *input = String::clone(name);
            }
        }
        let kind = node.op_type.as_deref().unwrap_or_default();
        let output = node.output.first().cloned().unwrap_or_default();
        if kind == "Dropout" {
            renamed.insert(output, node.input.first().cloned().unwrap_or_default());
        } else if let Some(constant) = folded(kind, &node, &constants)? {
            constants.insert(output, constant);
        } else {
            nodes.push(node);
        }
    }
    for output in &graph.output {
        let name = output.name.clone().unwrap_or_default();
        restore(&mut nodes, renamed.get(&name), &name);
    }
    normalise(&mut nodes, &mut constants);
    let used: HashSet<&String> = nodes.iter().flat_map(|n| &n.input).collect();
    graph.input.retain(|i| i.name.as_ref().is_some_and(|n| used.contains(n) && !constants.contains_key(n)));
    let mut kept: Vec<_> = constants.iter().filter(|(name, _)| used.contains(name)).collect();
    kept.sort_by_key(|(name, _)| *name);
    graph.initializer = kept.into_iter().map(|(name, constant)| constant.write(name)).collect();
    graph.node = nodes;
    Ok(())
}

/// Gives the output `name` back to the node that now makes it.
fn restore(nodes: &mut [NodeProto], source: Option<&String>, name: &str) {
    let Some(source) = source else { return };
    for text in nodes.iter_mut().flat_map(|n| n.input.iter_mut().chain(n.output.iter_mut())) {
        if text == source {
            name.clone_into(text);
        }
    }
}

fn folded(kind: &str, node: &NodeProto, constants: &Constants) -> Result<Option<Constant>> {
    let inputs: Option<Vec<&Constant>> = node.input.iter().map(|name| constants.get(name)).collect();
    let Some(inputs) = inputs else { return Ok(None) };
    Ok(match (kind, inputs.as_slice()) {
        ("DequantizeLinear", [values, scale, zero @ ..]) => {
            Some(dequantised(node, values, scale, zero.first().copied())?)
        }
        ("Cast", [value]) => Some(Constant { shape: value.shape.clone(), values: Values::Floats(value.floats()) })
            .filter(|_| integer(node, "to") == Some(1)),
        ("Reshape", [value, shape]) => Some(reshaped(value, shape)?),
        _ => None,
    })
}

fn integer(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|a| a.name.as_deref() == Some(name)).and_then(|a| a.i)
}

/// `DequantizeLinear`: (value − zero) × scale; one scale for all, one for each index of `axis`, or one for each block along `axis`.
fn dequantised(node: &NodeProto, values: &Constant, scale: &Constant, zero: Option<&Constant>) -> Result<Constant> {
    let wrong = || unusable("a quantised weight has scales of the wrong shape");
    let rank = values.shape.len();
    let axis = integer(node, "axis").unwrap_or(1);
    let axis = usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).map_err(|_| wrong())?;
    let block = usize::try_from(integer(node, "block_size").unwrap_or(0)).map_err(|_| wrong())?;
    let scales = scale.floats();
    let zeros = zero.map_or_else(|| vec![0.0; scales.len()], Constant::floats);
    let whole = scales.len() == 1;
    if zeros.len() != scales.len() || (!whole && axis >= rank) {
        return Err(wrong());
    }
    let length = if whole { 1 } else { values.shape[axis] };
    let inner: usize = if whole { 1 } else { values.shape[axis + 1..].iter().product() };
    let blocks = if block == 0 { length } else { length.div_ceil(block) };
    let index = |i: usize| match (whole, block) {
        (true, _) => 0,
        (false, 0) => i / inner % length,
        (false, _) => (i / (inner * length) * blocks + i / inner % length / block) * inner + i % inner,
    };
    let mut out = values.floats();
    for (i, value) in out.iter_mut().enumerate() {
        let at = index(i);
        let (Some(scale), Some(zero)) = (scales.get(at), zeros.get(at)) else { return Err(wrong()) };
        *value = (*value - zero) * scale;
    }
    Ok(Constant { shape: values.shape.clone(), values: Values::Floats(out) })
}

fn reshaped(value: &Constant, shape: &Constant) -> Result<Constant> {
    let wrong = || unusable("a weight is reshaped to an impossible shape");
    let wanted = shape.integers().ok_or_else(wrong)?;
    let total: usize = value.shape.iter().product();
    let mut sides = Vec::with_capacity(wanted.len());
    for (i, &side) in wanted.iter().enumerate() {
        sides.push(if side == 0 { *value.shape.get(i).ok_or_else(wrong)? as i64 } else { side });
    }
    let known: i64 = sides.iter().filter(|&&s| s > 0).product();
    let sides: Vec<usize> =
        sides.iter().map(|&s| if s < 0 { total / known.max(1) as usize } else { s as usize }).collect();
    if sides.iter().product::<usize>() != total {
        return Err(wrong());
    }
    Ok(Constant { shape: sides, values: value.values.clone() })
}

/// Folds `BatchNormalization` into the convolution before it when nothing else reads that convolution's output.
fn normalise(nodes: &mut Vec<NodeProto>, constants: &mut Constants) {
    let mut readers: HashMap<String, usize> = HashMap::new();
    for name in nodes.iter().flat_map(|n| &n.input) {
        *readers.entry(name.clone()).or_default() += 1;
    }
    let makers: HashMap<String, usize> =
        nodes.iter().enumerate().filter_map(|(i, n)| Some((n.output.first()?.clone(), i))).collect();
    let mut gone = HashSet::new();
    for at in 0..nodes.len() {
        let node = &nodes[at];
        let Some(source) = node.input.first() else { continue };
        let Some(&maker) = makers.get(source) else { continue };
        if node.op_type.as_deref() != Some("BatchNormalization")
            || nodes[maker].op_type.as_deref() != Some("Conv")
            || readers.get(source) != Some(&1)
        {
            continue;
        }
        if let Some((weight, bias)) = merged(node, &nodes[maker], constants) {
            let names = [format!("{source}.folded.weight"), format!("{source}.folded.bias")];
            constants.insert(names[0].clone(), weight);
            constants.insert(names[1].clone(), bias);
            let output = node.output[0].clone();
            let conv = &mut nodes[maker];
            let picture = conv.input[0].clone();
            conv.input = std::iter::once(picture).chain(names).collect();
            conv.output[0] = output;
            gone.insert(at);
        }
    }
    let mut at = 0;
    nodes.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Weight and bias of the convolution `conv` followed by the normalisation `norm`.
fn merged(norm: &NodeProto, conv: &NodeProto, constants: &Constants) -> Option<(Constant, Constant)> {
    let [gamma, beta, mean, variance] =
        [1, 2, 3, 4].map(|i| norm.input.get(i).and_then(|n| constants.get(n)).map(Constant::floats));
    let (gamma, beta, mean, variance) = (gamma?, beta?, mean?, variance?);
    let epsilon =
        norm.attribute.iter().find(|a| a.name.as_deref() == Some("epsilon")).and_then(|a| a.f).unwrap_or(1e-5);
    let weight = constants.get(conv.input.get(1)?)?;
    let channels = *weight.shape.first()?;
    let before = match conv.input.get(2) {
        Some(name) => constants.get(name)?.floats(),
        None => vec![0.0; channels],
    };
    if [&gamma, &beta, &mean, &variance, &before].iter().any(|v| v.len() != channels) {
        return None;
    }
    let gain: Vec<f32> = gamma.iter().zip(&variance).map(|(g, v)| g / (v + epsilon).sqrt()).collect();
    let size = weight.shape[1..].iter().product::<usize>().max(1);
    let mut values = weight.floats();
    for (filter, gain) in values.chunks_mut(size).zip(&gain) {
        filter.iter_mut().for_each(|w| *w *= gain);
    }
    let bias = (0..channels).map(|i| (before[i] - mean[i]) * gain[i] + beta[i]).collect();
    Some((
        Constant { shape: weight.shape.clone(), values: Values::Floats(values) },
        Constant { shape: vec![channels], values: Values::Floats(bias) },
    ))
}
