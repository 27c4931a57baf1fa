//! The progress bar of long runs, on standard error and only where a person watches.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;

/// Draws the stages of an evaluation one after the other.
pub(crate) struct Bar {
    watched: bool,
    style: ProgressStyle,
    stage: Mutex<Option<ProgressBar>>,
}

impl Bar {
    /// A bar that is drawn if `watched`; `unicode` chooses its characters.
    pub(crate) fn new(watched: bool, unicode: bool) -> Self {
        let template = "{msg:24} {bar:32} {pos}/{len} · {elapsed} gone, about {eta} left";
        let template = if unicode { template.to_owned() } else { template.replace('·', "-") };
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style.progress_chars(if unicode { "█▉▊▋▌▍▎▏·" } else { "#>." });
        Self { watched, style, stage: Mutex::new(None) }
    }

    /// The bar of the present stage; a poisoned lock only means that another thread stopped, and the bar is still good.
    fn stage(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl eval::progress::Progress for Bar {
    fn start(&self, what: &str, total: u64) {
        let target = if self.watched { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(self.style.clone());
        bar.set_message(what.to_owned());
        *self.stage() = Some(bar);
    }

    fn step(&self) {
        if let Some(bar) = self.stage().as_ref() {
            bar.inc(1);
        }
    }

    fn finish(&self) {
        if let Some(bar) = self.stage().take() {
            bar.finish_and_clear();
        }
    }
}
