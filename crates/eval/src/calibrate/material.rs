//! What a calibration is fitted to: the comparisons of a data set, expert by expert.

use super::CalibrateOptions;
use crate::dataset::{DataSet as Index, identities, pairs};
use crate::engine::Analyser;
use crate::error::{Error, Result};
use crate::extract::extract;
use crate::progress::Progress;
use crate::random::SplitMix64;
use crate::{Code, Sample};
use face::calibration::{DataSet, ExpertScale};
use face::compare::product;
use std::collections::BTreeMap;
use std::path::Path;

/// One data set's usable pictures and all comparisons between them.
#[derive(Default)]
pub(super) struct Material {
    pub(super) name: String,
    index_sha256: String,
    /// File of each picture.
    pub(super) files: Vec<String>,
    /// Person of each picture.
    pub(super) persons: Vec<u32>,
    pub(super) ages: Vec<Option<f64>>,
    pub(super) samples: Vec<Sample>,
    /// First and second picture of each comparison.
    pub(super) pairs: Vec<(u32, u32)>,
    /// One cosine a comparison, expert by expert.
    pub(super) cosines: Vec<Vec<f32>>,
}

/// A probe against some portraits of one person.
pub(super) struct PortraitSet {
    probe: usize,
    portraits: Vec<usize>,
    /// Whether the portraits show the probe's person.
    pub(super) same: bool,
}

impl Material {
    /// Analyses the pictures of `index` and compares each with each. Pictures that production refuses are left out.
    pub(super) fn gather(
        analyser: &Analyser<'_>,
        index: &Path,
        options: &CalibrateOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let data = read(index)?;
        let wanted: Vec<u32> = (0..data.pictures.len() as u32)
            .filter(|&at| data.pictures[at as usize].age_years.is_none_or(|age| age >= options.min_age_years))
            .collect();
        let extracted = extract(&data, &wanted, analyser, options.cache.as_deref(), progress)?;
        let mut material = Self { name: data.name, index_sha256: data.index_sha256, ..Self::default() };
        for (picture, sample) in data.pictures.into_iter().zip(extracted.samples) {
            if let Some(sample) = sample.filter(|s| s.refusal.is_none() && s.template.is_some()) {
                material.files.push(picture.file);
                material.persons.push(picture.person);
                material.ages.push(picture.age_years);
                material.samples.push(sample);
            }
        }
        material.compare();
        Ok(material)
    }

    /// Compares every picture with every other.
    fn compare(&mut self) {
        let n = self.samples.len() as u32;
        self.pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect();
        let experts =
            self.samples.iter().filter_map(|s| s.template.as_ref()).map(|t| t.experts.len()).min().unwrap_or(0);
        self.cosines = (0..experts)
            .map(|e| self.pairs.iter().map(|&(a, b)| self.cosine(e, a as usize, b as usize)).collect())
            .collect();
    }

    fn cosine(&self, expert: usize, a: usize, b: usize) -> f32 {
        product(self.vector(expert, a), self.vector(expert, b))
    }

    /// The part of the set with the persons for which `keep` is true.
    pub(super) fn part(&self, keep: impl Fn(u32) -> bool) -> Self {
        let chosen: Vec<usize> = (0..self.persons.len()).filter(|&i| keep(self.persons[i])).collect();
        let mut part = Self {
            name: self.name.clone(),
            index_sha256: self.index_sha256.clone(),
            files: chosen.iter().map(|&i| self.files[i].clone()).collect(),
            persons: chosen.iter().map(|&i| self.persons[i]).collect(),
            ages: chosen.iter().map(|&i| self.ages[i]).collect(),
            samples: chosen.iter().map(|&i| self.samples[i].clone()).collect(),
            ..Self::default()
        };
        part.compare();
        part
    }

    pub(super) fn same(&self, at: usize) -> bool {
        let (a, b) = self.pairs[at];
        self.persons[a as usize] == self.persons[b as usize]
    }

    /// Indices of the comparisons of one person.
    pub(super) fn genuine(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.pairs.len()).filter(|&at| self.same(at))
    }

    /// Indices of the comparisons of two persons.
    pub(super) fn impostors(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.pairs.len()).filter(|&at| !self.same(at))
    }

    /// Years between the two pictures of a comparison, if both ages are known.
    pub(super) fn gap_years(&self, at: usize) -> Option<f64> {
        let (a, b) = self.pairs[at];
        Some((self.ages[a as usize]? - self.ages[b as usize]?).abs())
    }

    /// The weighted sum of the experts for every comparison.
    pub(super) fn sums(&self, experts: &[ExpertScale]) -> Vec<f32> {
        let mut sums = vec![0.0_f32; self.pairs.len()];
        for (e, scale) in experts.iter().enumerate().filter(|(_, scale)| scale.weight > 0.0) {
            let (gain, mean) = ((scale.weight / scale.deviation) as f32, scale.mean as f32);
            for (sum, score) in sums.iter_mut().zip(self.scores(e, scale)) {
                *sum += gain * (score - mean);
            }
        }
        sums
    }

    /// One expert's score for every comparison: the cosine less the crowding of both templates.
    pub(super) fn scores<'a>(&'a self, expert: usize, scale: &ExpertScale) -> impl Iterator<Item = f32> + 'a {
        let crowding: Vec<f32> =
            (0..self.samples.len()).map(|at| scale.crowding(self.vector(expert, at)) as f32 / 2.0).collect();
        let pairs = self.pairs.iter().zip(&self.cosines[expert]);
        pairs.map(move |(&(a, b), cosine)| cosine - crowding[a as usize] - crowding[b as usize])
    }

    /// One expert's vector of a picture.
    pub(super) fn vector(&self, expert: usize, at: usize) -> &[f32] {
        self.samples[at].template.as_ref().map_or(&[][..], |t| &t.experts[expert])
    }

    /// Every picture against `draws` random choices of `size` portraits of every person with enough others.
    pub(super) fn portrait_sets(&self, size: usize, draws: usize, seed: u64) -> impl Iterator<Item = PortraitSet> + '_ {
        let mut pictures: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, &person) in self.persons.iter().enumerate() {
            pictures.entry(person).or_default().push(at);
        }
        let mut random = SplitMix64::new(&[seed, size as u64]);
        let mut choices = Vec::new();
        for (&person, pictures) in &pictures {
            for _ in 0..draws {
                let mut chosen = pictures.clone();
                random.choose(&mut chosen, size + 1);
                if pictures.len() > size {
                    choices.push((person, chosen[..size].to_vec()));
                }
            }
        }
        choices.into_iter().flat_map(move |(person, portraits)| {
            (0..self.persons.len())
                .filter(|probe| !portraits.contains(probe))
                .map(|probe| PortraitSet { probe, portraits: portraits.clone(), same: self.persons[probe] == person })
                .collect::<Vec<_>>()
        })
    }

    /// What a calibration says of the set.
    pub(super) fn describe(&self) -> DataSet {
        let mut persons = self.persons.clone();
        persons.sort_unstable();
        persons.dedup();
        let genuine = self.genuine().count() as u64;
        DataSet {
            name: self.name.clone(),
            index_sha256: self.index_sha256.clone(),
            persons: persons.len(),
            images: self.samples.len(),
            genuine,
            impostor: self.pairs.len() as u64 - genuine,
        }
    }
}

impl PortraitSet {
    /// The set's summed score, as [`face::compare::Comparer::standard`] makes it before standardisation.
    pub(super) fn score(&self, set: &Material, experts: &[ExpertScale]) -> f64 {
        let (mut sum, mut best) = (0.0, f64::NEG_INFINITY);
        for &portrait in &self.portraits {
            let score: f64 = experts
                .iter()
                .enumerate()
                .filter(|(_, x)| x.weight > 0.0)
                .map(|(e, x)| {
                    let crowding = x.crowding(set.vector(e, self.probe)) + x.crowding(set.vector(e, portrait));
                    let cosine = f64::from(set.cosine(e, self.probe, portrait));
                    x.weight / x.deviation * (cosine - crowding / 2.0 - x.mean)
                })
                .sum();
            sum += score;
            best = best.max(score);
        }
        f64::midpoint(sum / self.portraits.len().max(1) as f64, best)
    }
}

/// Reads an index of identities, or of pairs when that is what it is.
fn read(index: &Path) -> Result<Index> {
    let folder = index.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name =
        index.file_name().map(Path::new).ok_or_else(|| Error::new(Code::IndexNotFound, "the index has no name"))?;
    match identities::read(folder, name) {
        Err(Error::Lab { code: Code::IndexColumnMissing, .. }) => pairs::read(folder, name),
        other => other,
    }
}
