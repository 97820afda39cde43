use crate::config::UTC_OFFSET;
use crate::model::{DateOrder, Timestamp};
use crate::refine::date;
use std::path::Path;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The date as the source writes it
    #[arg(required = true)]
    text: Vec<String>,
    /// The article's text; a date in it, such as Ngày 11/6, can decide between day and month
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// The order of day and month: auto, day-first, month-first
    #[arg(long, default_value = "auto")]
    order: String,
    /// Show each step of the decision
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(args: Args, file: &Path) -> anyhow::Result<()> {
    let order: DateOrder = serde_json::from_value(serde_json::Value::String(args.order.clone()))
        .map_err(|_| {
            anyhow::anyhow!("--order {}: use auto, day-first or month-first", args.order)
        })?;
    let text = args.text.join(" ");
    let utc_offset = super::load(file).map_or(UTC_OFFSET, |config| config.site.utc_offset);
    let mut context = date::DateContext::plain(Timestamp::now(), utc_offset);
    context.order = order;
    context.body = args.body.as_deref();
    if args.explain {
        for decision in date::explain(&text, &context) {
            super::say(decision)?;
        }
    }
    let read = date::read_date(&text, &context)?;
    super::say(read.at.rfc3339_at(read.offset))?;
    Ok(())
}
