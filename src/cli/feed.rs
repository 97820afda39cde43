use std::path::Path;

pub(super) fn run(json: bool, file: &Path) -> anyhow::Result<()> {
    let config = super::load(file)?;
    let base = &config.site.base_url;
    let automatic = config.sources.iter().map(|s| (format!("source-{}", s.id), s.title.clone()));
    let all = [("all".to_owned(), config.site.title.clone())];
    let named = config.feeds.iter().map(|f| (f.id.to_string(), f.title.clone()));
    let feeds: Vec<_> = all.into_iter().chain(named).chain(automatic).collect();
    if json {
        let address = |id: &str, ending| format!("{base}/feeds/{id}.{ending}");
        let json = feeds.iter().map(|(id, title)| {
            serde_json::json!({
                "id": id, "title": title, "rss": address(id, "rss"),
                "atom": address(id, "atom"), "json": address(id, "json"),
            })
        });
        return super::terminal::say_json(&json.collect::<Vec<_>>());
    }
    for (id, title) in feeds {
        super::say(format_args!(
            "{title}\n  {base}/feeds/{id}.rss\n  {base}/feeds/{id}.atom\n  {base}/feeds/{id}.json"
        ))?;
    }
    super::say(format_args!("and one for each category: {base}/feeds.opml lists them all"))?;
    Ok(())
}
