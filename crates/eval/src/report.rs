//! The report: one HTML page that needs nothing else, with plain words first and tables and commands after.

pub(crate) mod tables;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::OUTCOMES_MAX;
use crate::plot::plots;
use crate::summary::Summary;
use crate::words::{count, escape, percent, right_persons, strangers};
use std::fmt::Write;

pub(crate) const STYLE: &str = include_str!("report/style.css");

/// The page for the outcomes of one or several runs.
///
/// # Errors
/// `outcome-invalid` for none or too many outcomes, `plot-failed`.
pub fn html(title: &str, outcomes: &[Summary]) -> Result<String> {
    if outcomes.is_empty() || outcomes.len() > OUTCOMES_MAX {
        let why = format!("a report takes 1 to {OUTCOMES_MAX} outcomes, not {}", outcomes.len());
        return Err(Error::new(Code::OutcomeInvalid, why));
    }
    let title = escape(title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    page.push_str(READING);
    if outcomes.len() > 1 {
        page.push_str("<h2>All runs</h2>\n");
        page.push_str(&tables::overview(outcomes));
    }
    for summary in outcomes {
        section(&mut page, summary)?;
    }
    page.push_str("</main>\n</body>\n</html>\n");
    Ok(page)
}

/// How to read the figures, for readers who are not engineers.
const READING: &str = "<p>A comparison gives a <b>similarity</b> from 0 to 100. At 90 and above two pictures count as a <b>match</b>. \
Two errors are possible: a stranger is taken for the person (<b>false match</b>, its rate is the FMR), or the right person is not \
recognised (<b>false non-match</b>, FNMR). A picture that is too poor is refused and the person is asked for a better one; unless a table \
says otherwise, <b>refused comparisons are left out of its rates</b>, and the tables named &ldquo;refusals as non-matches&rdquo; count them as \
errors instead (generalised rates of ISO/IEC 19795-1). Every interval covers 95 %: it is the wider of Wilson&rsquo;s interval and a bootstrap \
that draws persons, not comparisons.</p>\n\
<p>A match is evidence for a person to weigh, never a decision by itself.</p>\n";

fn section(page: &mut String, summary: &Summary) -> Result<()> {
    let figures = &summary.headline;
    let words = [
        strangers(figures.fmr_at_90),
        right_persons(figures.fnmr_at_90),
        format!(
            "{} of {} pictures were refused as unsuitable ({}).",
            count(summary.enrolment.refused.hits),
            count(summary.enrolment.refused.trials),
            percent(summary.enrolment.refused.value)
        ),
        tables::gate_words(&summary.groups),
    ];
    // Writing to a string cannot fail.
    let _ = writeln!(page, "<section>\n<h2>{}</h2>", escape(&summary.data.name));
    for sentence in words.iter().filter(|sentence| !sentence.is_empty()) {
        let _ = writeln!(page, "<p class=\"plain\">{}</p>", escape(sentence));
    }
    page.push_str(&tables::source(summary));
    page.push_str(&tables::rates(summary));
    for plot in plots(summary)? {
        let _ = writeln!(page, "<figure>{}<figcaption>{}</figcaption></figure>", inline(&plot.svg), escape(plot.title));
    }
    let parts: [fn(&Summary) -> String; 7] = [
        tables::folds,
        tables::portraits,
        tables::ageing,
        tables::groups,
        tables::discard,
        tables::enrolment,
        tables::costs,
    ];
    for part in parts {
        page.push_str(&part(summary));
    }
    page.push_str("</section>\n");
    Ok(())
}

/// An SVG text as part of a page: without the namespace that only files of their own need.
fn inline(svg: &str) -> String {
    svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
}
