use super::*;
use crate::model::{ArticleKey, SourceId};
use crate::store::Store;
use crate::store::tests::open_journal;

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    (directory, store)
}

/// Text of a size that does not become smaller by compression.
fn noise(bytes: usize) -> String {
    let mut state = 1_u64;
    let digit = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    };
    (0..bytes).map(digit).collect()
}

#[test]
fn a_row_of_any_size_is_kept_and_replaced_whole() {
    let (_directory, store) = store();
    let progress = store.progress();
    assert_eq!(progress.get::<String>(Kind::Source, "a").unwrap(), None);
    for size in [0, 10, 7_200, 1_000_000, 50_000, 3] {
        let value = noise(size);
        progress.put(Kind::Source, "a", &value).unwrap();
        progress.put(Kind::Source, "ab", "another").unwrap();
        assert_eq!(progress.get::<String>(Kind::Source, "a").unwrap(), Some(value));
    }
    assert_eq!(progress.tree.len(), 2, "no chunk of a longer value is left");
    progress.put(Kind::Backlog, "a", &noise(50_000)).unwrap();
    progress.remove(Kind::Backlog, "a").unwrap();
    assert!(!progress.has(Kind::Backlog, "a").unwrap());
    assert!(progress.has(Kind::Source, "a").unwrap());
    assert_eq!(progress.tree.len(), 2);
}

#[test]
fn the_rows_of_a_kind_come_in_the_order_of_their_names() {
    let (_directory, store) = store();
    let progress = store.progress();
    for name in ["c.vn", "a.vn", "b.vn"] {
        progress.put(Kind::Host, name, &noise(20_000)).unwrap();
        progress.put(Kind::Source, name, &1).unwrap();
    }
    let rows = progress.scan::<String>(Kind::Host).map(|row| row.unwrap().0);
    assert_eq!(rows.collect::<Vec<_>>(), ["a.vn", "b.vn", "c.vn"]);
}

#[test]
fn a_damaged_row_is_an_error_that_names_it_and_hides_no_other() {
    let (_directory, store) = store();
    let progress = store.progress();
    for name in ["a", "b"] {
        progress.put(Kind::Quarantine, name, &noise(30_000)).unwrap();
    }
    for index in [0, 2] {
        let key = row::key(Kind::Quarantine, "a", index);
        let good = progress.tree.get(&key).unwrap().unwrap();
        for bad in [Vec::new(), good[..good.len() - 1].to_vec(), [&good[..], b"x"].concat()] {
            progress.tree.insert(&key, bad).unwrap();
            let error = progress.get::<String>(Kind::Quarantine, "a").unwrap_err();
            assert!(error.to_string().starts_with("the row a of kind quarantine"), "{error}");
        }
        progress.tree.remove(&key).unwrap();
        let is_read = progress.get::<String>(Kind::Quarantine, "a");
        assert_eq!(is_read.ok(), if index == 0 { Some(None) } else { None });
        progress.tree.insert(&key, good).unwrap();
    }
    progress.put(Kind::Quarantine, "a", &7).unwrap();
    assert!(progress.get::<String>(Kind::Quarantine, "a").is_err(), "a number is no text");
    let rows: Vec<_> = progress.scan::<String>(Kind::Quarantine).map(|row| row.is_ok()).collect();
    assert_eq!(rows, [false, true]);
}

#[test]
fn who_reads_while_a_row_is_replaced_sees_one_of_its_values() {
    let (_directory, store) = store();
    let progress = store.progress();
    let values = [noise(40_000), noise(90_000)];
    progress.put(Kind::Crawl, "a", &values[0]).unwrap();
    std::thread::scope(|scope| {
        let writes = scope.spawn(|| {
            for round in 0..200 {
                progress.put(Kind::Crawl, "a", &values[round % 2]).unwrap();
            }
        });
        while !writes.is_finished() {
            let read = progress.get::<String>(Kind::Crawl, "a").unwrap().unwrap();
            assert!(values.contains(&read));
        }
    });
}

#[test]
fn changes_are_made_together() {
    let (_directory, store) = store();
    let progress = store.progress();
    progress.put(Kind::Quarantine, "a", "kept").unwrap();
    let mut changes = progress.changes();
    changes.remove(Kind::Quarantine, "a").unwrap();
    changes.put(Kind::Crawl, "a", "believed").unwrap();
    assert!(progress.has(Kind::Quarantine, "a").unwrap());
    changes.apply().unwrap();
    assert!(!progress.has(Kind::Quarantine, "a").unwrap());
    assert_eq!(progress.get(Kind::Crawl, "a").unwrap(), Some("believed".to_owned()));
    assert!(progress.put(Kind::Crawl, "a\0b", "x").is_err());
}

#[test]
fn an_article_has_one_other_id_until_it_is_called_by_its_own() {
    let (_directory, store) = store();
    let progress = store.progress();
    let source = SourceId::new("a").unwrap();
    let [article, first, second] = [1, 2, 3].map(|n| ArticleKey([n; 16]));
    progress.put_other_ids(&source, &[(first, article)]).unwrap();
    progress.put_other_ids(&source, &[(second, article)]).unwrap();
    assert_eq!(progress.article_of_id(&source, first).unwrap(), None);
    assert_eq!(progress.article_of_id(&source, second).unwrap(), Some(article));
    assert_eq!(progress.other_id(&source, article).unwrap(), Some(second));
    progress.remove_other_ids(&source, &[article]).unwrap();
    assert_eq!(progress.tree.len(), 0);
}

#[test]
fn a_copy_of_all_rows_has_every_kind_and_leaves_out_what_cannot_be_read() {
    let (_directory, store) = store();
    let progress = store.progress();
    for kind in Kind::ALL {
        for name in ["a", "b.vn"] {
            progress.put(kind, name, &noise(10_000)).unwrap();
        }
    }
    let damaged = row::key(Kind::Crawl, "b.vn", 1);
    progress.tree.insert(damaged, b"damaged").unwrap();
    let copy = progress.export(Vec::new()).unwrap();
    let (_other_directory, other) = self::store();
    other.progress().import(&copy[..]).unwrap();
    for kind in Kind::ALL {
        for name in ["a", "b.vn"] {
            let there = other.progress().get::<String>(kind, name).unwrap();
            let expected = ((kind, name) != (Kind::Crawl, "b.vn")).then(|| noise(10_000));
            assert_eq!(there, expected, "{kind:?} {name}");
        }
    }
    for cut in [0, 10, copy.len() / 2, copy.len() - 1] {
        assert!(other.progress().import(&copy[..cut]).is_err(), "cut at {cut}");
    }
    let newer = zstd::encode_all(&b"{\"dongtin_progress\":2}\n"[..], 1).unwrap();
    assert!(other.progress().import(&newer[..]).unwrap_err().to_string().contains("newer"));
}
