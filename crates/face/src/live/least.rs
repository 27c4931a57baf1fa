//! Least squares of a few unknowns.

/// The coefficients with which the rows of `basis` come nearest to `values` (normal equations, Gauss elimination with pivoting); none when
/// the rows do not determine them.
pub(crate) fn squares<const N: usize>(basis: &[[f64; N]], values: &[f64]) -> Option<[f64; N]> {
    let mut matrix = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (row, value) in basis.iter().zip(values) {
        for i in 0..N {
            right[i] += row[i] * value;
            (0..N).for_each(|j| matrix[i][j] += row[i] * row[j]);
        }
    }
    let scale = (0..N).map(|i| matrix[i][i]).fold(0.0, f64::max);
    for i in 0..N {
        let pivot = (i..N).max_by(|a, b| matrix[*a][i].abs().total_cmp(&matrix[*b][i].abs()))?;
        matrix.swap(i, pivot);
        right.swap(i, pivot);
        if matrix[i][i].is_nan() || matrix[i][i].abs() <= scale * 1e-10 {
            return None;
        }
        for j in i + 1..N {
            let share = matrix[j][i] / matrix[i][i];
            let pivot = matrix[i];
            matrix[j].iter_mut().zip(pivot).skip(i).for_each(|(value, over)| *value -= share * over);
            right[j] -= share * right[i];
        }
    }
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    right.iter().all(|v| v.is_finite()).then_some(right)
}

/// The singular values of a 2×2 matrix, the larger first.
pub(crate) fn singular([[a, b], [c, d]]: [[f64; 2]; 2]) -> (f64, f64) {
    let (sum, difference) = ((a + d).hypot(b - c), (a - d).hypot(b + c));
    (f64::midpoint(sum, difference), (sum - difference).abs() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_coefficients_are_found_and_undetermined_ones_are_not() {
        let basis: Vec<[f64; 3]> = (0..9).map(|i| [1.0, f64::from(i), f64::from(i * i % 5)]).collect();
        let values: Vec<f64> = basis.iter().map(|b| 2.0 - 3.0 * b[1] + 0.5 * b[2]).collect();
        let found = squares(&basis, &values).unwrap();
        assert!([2.0, -3.0, 0.5].iter().zip(found).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        assert_eq!(squares(&[[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], &[1.0, 2.0, 3.0]), None);
        assert_eq!(squares::<2>(&[], &[]), None);
        assert_eq!(squares(&[[f64::NAN, 1.0], [1.0, 2.0]], &[1.0, 1.0]), None);
    }

    #[test]
    fn singular_values_of_a_squeezed_turn() {
        let (sine, cosine) = 0.4_f64.sin_cos();
        let (long, short) = singular([[3.0 * cosine, -sine], [3.0 * sine, cosine]]);
        assert!((long - 3.0).abs() < 1e-12 && (short - 1.0).abs() < 1e-12);
    }
}
