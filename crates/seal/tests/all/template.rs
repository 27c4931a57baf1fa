//! The rotation behind renewable templates, on made-up vectors; `tests/template.rs` has real ones.

use proptest::collection::vec;
use proptest::prelude::*;
use seal::Code;
use seal::random::array;
use seal::template::{TemplateSecret, Transform};
use testkit::SeededRandom;
use zeroize::Zeroizing;

fn secret(seed: u64) -> TemplateSecret {
    TemplateSecret::from_bytes(Zeroizing::new(array(&SeededRandom::new(seed))))
}

fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The columns of the matrix: what becomes of each axis.
fn matrix(seed: u64, size: usize) -> Vec<Vec<f32>> {
    let transform = Transform::new(&secret(seed), &[size]);
    let axis = |at| (0..size).map(|i| if i == at { 1.0 } else { 0.0 }).collect::<Vec<f32>>();
    (0..size).map(axis).map(|mut vector| transform.apply_one(0, &mut vector).map(|()| vector).unwrap()).collect()
}

#[test]
fn the_matrix_is_orthogonal() {
    for size in [1, 2, 3, 16, 65] {
        let columns = matrix(7, size);
        for (i, a) in columns.iter().enumerate() {
            for (j, b) in columns.iter().enumerate() {
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((product(a, b) - expected).abs() < 1e-6, "{size}: {i} {j}");
            }
        }
    }
}

/// Under the even (Haar) distribution in n dimensions each entry has mean 0 and variance 1/n, and the trace has mean 0 and variance 1: a
/// product of reflections without Stewart's signs fails the last. Bounds: six standard errors of 4,000 draws.
#[test]
fn matrices_are_evenly_distributed() {
    let (draws, size) = (4000_u32, 3);
    let (mut mean, mut square, mut trace, mut trace_square, mut fourth) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for seed in 0..draws {
        let columns = matrix(u64::from(seed), size);
        let entry = f64::from(columns[0][0]);
        let sum: f64 = (0..size).map(|i| f64::from(columns[i][i])).sum();
        mean += entry;
        square += entry * entry;
        fourth += entry.powi(4);
        trace += sum;
        trace_square += sum * sum;
    }
    let n = f64::from(draws);
    let error = 6.0 / n.sqrt();
    assert!((mean / n).abs() < error, "{}", mean / n);
    assert!((square / n - 1.0 / 3.0).abs() < error, "{}", square / n);
    // The fourth moment of a coordinate on the sphere in n dimensions is 3 / (n (n + 2)).
    assert!((fourth / n - 0.2).abs() < error, "{}", fourth / n);
    assert!((trace / n).abs() < error, "{}", trace / n);
    assert!((trace_square / n - 1.0).abs() < 2.0 * error, "{}", trace_square / n);
}

#[test]
fn a_fixed_secret_gives_a_fixed_matrix() {
    // Templates that were stored must open in later versions: these numbers must not change.
    let mut vector = [1.0, 0.0, 0.0, 0.0];
    Transform::new(&TemplateSecret::from_bytes(Zeroizing::new([7; 32])), &[4]).apply_one(0, &mut vector).unwrap();
    insta::assert_debug_snapshot!(vector.map(|v| format!("{v:.6}")), @r#"
    [
        "-0.130160",
        "-0.000165",
        "-0.724329",
        "0.677057",
    ]
    "#);
}

#[test]
fn experts_and_dimensions_have_rotations_of_their_own() {
    let (same, other) = (Transform::new(&secret(1), &[4, 4]), Transform::new(&secret(2), &[4, 4]));
    let turned = |transform: &Transform, expert| {
        let mut vector = [0.5; 4];
        transform.apply_one(expert, &mut vector).unwrap();
        vector.map(f32::to_bits)
    };
    assert_ne!(turned(&same, 0), turned(&same, 1));
    assert_ne!(turned(&same, 0), turned(&other, 0));
    assert_eq!(turned(&same, 0), turned(&Transform::new(&secret(1), &[4]), 0));
    assert_eq!(format!("{same:?}"), "Transform[4, 4]");
}

#[test]
fn other_shapes_are_refused_untouched() {
    let transform = Transform::new(&secret(1), &[4, 2]);
    for mut experts in [
        vec![],
        vec![vec![0.5; 4]],
        vec![vec![0.5; 4], vec![0.5; 3]],
        vec![vec![0.5; 2], vec![0.5; 4]],
        vec![vec![0.5; 4], vec![0.5; 2], vec![]],
        vec![vec![0.5; 4], vec![0.5, f32::INFINITY]],
    ] {
        let before = experts.clone();
        assert_eq!(transform.apply(&mut experts).unwrap_err().code, Code::TemplateShape);
        assert_eq!(transform.undo(&mut experts).unwrap_err().code, Code::TemplateShape);
        assert_eq!(experts, before);
    }
    assert_eq!(transform.apply_one(2, &mut [0.5; 2]).unwrap_err().code, Code::TemplateShape);
    assert_eq!(transform.apply_one(0, &mut [0.5, 0.5, 0.5, f32::NAN]).unwrap_err().code, Code::TemplateShape);
}

proptest! {
    #[test]
    fn products_stay_and_the_way_back_leads_back(
        seed: u64,
        a in vec(-1.0_f32..1.0, 33),
        b in vec(-1.0_f32..1.0, 33),
    ) {
        let transform = Transform::new(&secret(seed), &[33]);
        let (mut x, mut y) = ([a.clone()], [b.clone()]);
        transform.apply(&mut x).unwrap();
        transform.apply(&mut y).unwrap();
        prop_assert!((product(&x[0], &y[0]) - product(&a, &b)).abs() < 1e-5);
        transform.undo(&mut x).unwrap();
        prop_assert!(x[0].iter().zip(&a).all(|(x, a)| (x - a).abs() < 1e-6));
    }
}
