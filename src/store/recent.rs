//! Recent articles in memory, so that hot feeds do not wait for the disk.

use crate::model::{Article, Seq};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

/// Articles kept at most.
const ARTICLES: usize = 4_000;
/// Bytes of text kept at most.
const BYTES: usize = 32 << 20;

/// Articles by their event, the oldest entry leaving first.
#[derive(Default)]
pub struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    articles: HashMap<Seq, Arc<Article>>,
    order: VecDeque<Seq>,
    bytes: usize,
}

impl Recent {
    /// The article of an event, if it is kept.
    pub fn get(&self, seq: Seq) -> Option<Arc<Article>> {
        self.0.lock().ok()?.articles.get(&seq).cloned()
    }

    /// Keeps an article.
    pub fn put(&self, seq: Seq, article: Arc<Article>) {
        let Ok(mut kept) = self.0.lock() else { return };
        let bytes = size(&article);
        if kept.articles.insert(seq, article).is_some() {
            return;
        }
        kept.order.push_back(seq);
        kept.bytes += bytes;
        kept.shrink();
    }
}

impl Kept {
    fn shrink(&mut self) {
        while self.order.len() > ARTICLES || self.bytes > BYTES {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(article) = self.articles.remove(&oldest) {
                self.bytes = self.bytes.saturating_sub(size(&article));
            }
        }
    }
}

/// About what an article takes.
fn size(article: &Article) -> usize {
    let texts = [&article.summary, &article.content].into_iter().flatten();
    1024 + article.title.len() + texts.map(String::len).sum::<usize>()
}
