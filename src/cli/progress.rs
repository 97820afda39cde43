use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// A named bar, and the function that moves it to (done, total).
pub(super) fn bar(name: &'static str) -> (ProgressBar, impl FnMut(u64, u64)) {
    let bar =
        if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    if let Ok(style) =
        ProgressStyle::with_template("{msg} [{wide_bar}] {human_pos}/{human_len} {eta}")
    {
        bar.set_style(style.progress_chars("█▉ "));
    }
    bar.set_message(name);
    let moved = bar.clone();
    let advance = move |done, total| {
        moved.set_length(total);
        moved.set_position(done);
    };
    (bar, advance)
}

/// A named count of things whose number is not known.
pub(super) fn count(name: &'static str) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} {msg} {per_sec}") {
        bar.set_style(style);
    }
    bar.set_message(name);
    bar
}
