use std::path::Path;

pub(super) fn run(file: &Path) -> anyhow::Result<()> {
    let config = super::load(file)?;
    let base = &config.site.base_url;
    let automatic = config.sources.iter().map(|s| (format!("source-{}", s.id), s.title.clone()));
    let all = [("all".to_owned(), config.site.title.clone())];
    let named = config.feeds.iter().map(|f| (f.id.to_string(), f.title.clone()));
    for (id, title) in all.into_iter().chain(named).chain(automatic) {
        super::say(format_args!(
            "{title}\n  {base}/feeds/{id}.rss\n  {base}/feeds/{id}.atom\n  {base}/feeds/{id}.json"
        ))?;
    }
    super::say(format_args!("and one for each category: {base}/feeds.opml lists them all"))?;
    Ok(())
}
