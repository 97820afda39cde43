use super::{Error, Intake};
use crate::journal::Proposal;
use crate::model::{Article, ArticleKey, Change, Seq, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far ahead of now a time may be: clocks are set back by seconds, not by hours.
pub const AHEAD_MS: i64 = 3_600_000;
/// Events that are read at once.
const GROUP: usize = 500;

/// Whether an article was taken in by a clock that was ahead.
fn is_ahead(article: &Article, now: Timestamp) -> bool {
    article.received.max(article.changed) > now.plus_millis(AHEAD_MS)
}

/// Gives every article that a clock which was ahead took in the present time, as a revision, so that it leads no feed for
/// years and partners learn of it too. Returns how many there were.
///
/// # Errors
/// If the journal or the store fails.
pub async fn redate(intake: &Intake, now: Timestamp) -> Result<u64, Error> {
    let (mut after, mut wrong) = (Seq(0), BTreeSet::new());
    loop {
        let events = intake.committer.journal.read(after, GROUP)?;
        let Some(last) = events.last() else { break };
        after = last.seq;
        let articles = events.iter().filter_map(|event| event.change.article());
        wrong.extend(articles.filter(|article| is_ahead(article, now)).map(|article| article.key));
    }
    let mut redated = 0;
    for key in wrong {
        redated += u64::from(redate_one(intake, key, now).await?);
    }
    Ok(redated)
}

async fn redate_one(intake: &Intake, key: ArticleKey, now: Timestamp) -> Result<bool, Error> {
    loop {
        let Some(known) = intake.store.known(key)?.filter(|known| known.is_live()) else {
            return Ok(false);
        };
        let article = intake.store.article(key)?.filter(|article| is_ahead(article, now));
        let Some(article) = article else { return Ok(false) };
        let article = Arc::new(Article {
            received: article.received.min(now),
            changed: now,
            revision: known.revision.saturating_add(1),
            ..Article::clone(&article)
        });
        let (change, expected) = (Change::Revised { article }, Some(known.seq));
        let proposal = Proposal { change, expected, idempotency_key: None, at: now };
        if let Ok(seq) = intake.committer.append(proposal).await? {
            intake.committer.wait_until_shown(seq).await;
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::decide::Origin;
    use crate::ingest::testing::{TestIngest, item, open, rss};
    use crate::store::IndexId;

    #[test]
    fn what_a_clock_took_in_that_was_ahead_is_put_right() {
        let (_folder, mut test) = open();
        let (source, refined, now) =
            test.read("a", &rss(&[item("1", "/1", "Tin lúc đồng hồ sai")]));
        let ahead = now.plus_millis(10 * 365 * 86_400_000);
        test.take_in(&source, refined, Origin::Polled, ahead);
        let (source, refined, _) = test.read("a", &rss(&[item("2", "/2", "Tin hôm nay")]));
        test.take_in(&source, refined, Origin::Polled, now.plus_millis(9));
        let titles = |test: &TestIngest| {
            test.runtime.block_on(test.store.caught_up(test.journal.last()));
            let latest = test.store.latest(IndexId::all(), 9).unwrap();
            latest.iter().map(|article| article.title.clone()).collect::<Vec<_>>()
        };
        assert_eq!(titles(&test), ["Tin lúc đồng hồ sai", "Tin hôm nay"]);
        assert_eq!(test.runtime.block_on(redate(&test.ingest, now)).unwrap(), 1);
        assert_eq!(titles(&test), ["Tin hôm nay", "Tin lúc đồng hồ sai"]);
        assert_eq!(test.runtime.block_on(redate(&test.ingest, now)).unwrap(), 0);
        test.store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(titles(&test).len(), 2);
        test.close();
    }
}
