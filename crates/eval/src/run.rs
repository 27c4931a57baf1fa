//! One run from index to outcome.

use crate::code::Code;
use crate::collect::{Collected, Policy};
use crate::compare::Field;
use crate::dataset::{DataSet, identities, pairs};
use crate::error::{Error, Result};
use crate::extract::extract;
use crate::metrics::figures::figures;
use crate::metrics::portraits::{Portraits, by_count};
use crate::options::{Common, IdentitiesOptions, PairsOptions};
use crate::progress::Progress;
use crate::protocol::{Plan, Rules};
use crate::sample::{Analyse, Score, llr_at};
use crate::scores::ScoresFile;
use crate::summary::{Made, Summary};
use face::calibration::WORKING_SIMILARITY;

/// Runs `eval pairs`.
///
/// # Errors
/// Every code of the lab and the engine's failures; nothing is left half-written.
pub fn run_pairs<E: Analyse + Score>(engine: &E, options: &PairsOptions, progress: &dyn Progress) -> Result<Summary> {
    let data = pairs::read(&options.common.root, &options.common.index)?;
    let mut summary = run(engine, &data, (options.rules(), &options.common), progress)?;
    summary.command = options.command(&data.name, &data.index);
    Ok(summary)
}

/// Runs `eval identities`.
///
/// # Errors
/// As [`run_pairs`].
pub fn run_identities<E: Analyse + Score>(
    engine: &E,
    options: &IdentitiesOptions,
    progress: &dyn Progress,
) -> Result<Summary> {
    if options.all_pairs && options.portraits != 1 {
        let why = "--all-pairs compares single portraits, so --portraits must be 1";
        return Err(Error::new(Code::OptionOutOfRange, why));
    }
    let data = identities::read(&options.common.root, &options.common.index)?;
    let mut summary = run(engine, &data, (options.rules(), &options.common), progress)?;
    summary.command = options.command(&data.name, &data.index);
    Ok(summary)
}

fn run<E: Analyse + Score>(
    engine: &E,
    data: &DataSet,
    (rules, common): (Rules, &Common),
    progress: &dyn Progress,
) -> Result<Summary> {
    let plan = Plan::new(data, rules)?;
    // Before the long work: a scores file that cannot be written should be known at once.
    let mut file = common.scores.as_deref().map(ScoresFile::begin).transpose()?;
    let extracted = extract(data, plan.eligible(), engine, common.cache.as_deref(), progress)?;
    let working = llr_at(engine, WORKING_SIMILARITY);
    let field = Field::new(&plan, &extracted.samples, engine)?;
    let mut collected = Collected::new(data, plan.comparisons_max(), working);
    field.run(progress, file.as_mut(), |scored| collected.take(scored))?;
    file.map_or(Ok(()), ScoresFile::finish)?;
    collected.close();
    let several = matches!(rules, Rules::Identities { portraits, .. } if portraits > 1);
    let portraits = if several {
        let mut one = Collected::new(data, plan.comparisons_max(), working);
        field.first_only().run(progress, None, |scored| one.take(scored))?;
        one.close();
        let one = figures(&one, Policy::Excluded, common.seed);
        Some(Portraits { one, by_count: by_count(&collected, common.seed) })
    } else {
        None
    };
    let made = Made {
        plan: &plan,
        samples: &extracted.samples,
        from_cache: extracted.from_cache,
        collected: &collected,
        portraits,
        seed: common.seed,
    };
    let mut summary = made.summary(engine)?;
    summary.created.clone_from(&common.created);
    summary.pack = engine.pack();
    Ok(summary)
}
