//! Measures the repair on real text; run by `benches/text-quality`.

use super::*;
use crate::text::vietnamese::encoders::{in_tcvn3, in_vni};
use crate::text::vietnamese::tcvn3;
use std::collections::HashMap;
use std::path::Path;

/// The folder with `vi_*.txt` (clean Vietnamese) and `x_*.txt` (other languages).
const FOLDER: &str = "DONGTIN_TEXT_QUALITY";

#[test]
#[ignore = "needs text: run benches/text-quality"]
fn text_quality() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let vietnamese = texts(Path::new(&folder), "vi_");
    let foreign = texts(Path::new(&folder), "x_");
    for (name, encode) in ENCODERS {
        documents(name, &vietnamese, *encode);
    }
    for mode in [RepairMode::Safe, RepairMode::Full] {
        println!("mode {mode:?}");
        untouched("clean Vietnamese", &vietnamese, mode);
        untouched("other languages", &foreign, mode);
        for (name, encode) in ENCODERS {
            for words in [1, 3, 10] {
                recall(name, &vietnamese, words, *encode, mode);
            }
        }
    }
    speed(&vietnamese);
}

/// Documents of forty lines that are in an encoding throughout, repaired in safe mode: how many of their words are right.
fn documents(name: &str, text: &str, encode: Encode) {
    let lines: Vec<&str> = text.lines().filter(|line| syllables(line) * 2 > words(line)).collect();
    let (mut broken, mut right) = (0, 0);
    let mut missed = HashMap::<String, usize>::new();
    for document in lines.chunks(40) {
        let clean = document.join("\n");
        let encoded: Vec<String> = clean
            .split('\n')
            .map(|line| line.split(' ').map(|word| encode(word, 0)).collect::<Vec<_>>().join(" "))
            .collect();
        let encoded = encoded.join("\n");
        let fixed = repair(&encoded, Settings::new("", RepairMode::Safe)).text;
        let before = encoded.split_whitespace().zip(clean.split_whitespace());
        for ((was, clean), now) in before.zip(fixed.split_whitespace()) {
            if was != clean {
                broken += 1;
                // Capitals that a font draws of small letters cannot be told from them.
                let is_right = now.to_lowercase() == clean.to_lowercase();
                right += usize::from(is_right);
                if !is_right {
                    *missed.entry(format!("{was}>{clean}={now}")).or_default() += 1;
                }
            }
        }
    }
    println!(
        "  whole documents, {name}: {broken} broken, {:.4} right",
        right as f64 / broken as f64
    );
    let mut worst: Vec<_> = missed.into_iter().collect();
    worst.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    worst.truncate(20);
    println!("    {worst:?}");
}

fn words(line: &str) -> usize {
    line.split_whitespace().count()
}

fn syllables(line: &str) -> usize {
    let is_syllable = |word: &&str| crate::text::vietnamese::syllable::is_syllable(word);
    line.split_whitespace().filter(is_syllable).count()
}

type Encode = fn(&str, usize) -> String;
const ENCODERS: &[(&str, Encode)] = &[
    ("tcvn3, ư kept", |word, _| tcvn3_word(word, true)),
    ("tcvn3, ư lost", |word, _| tcvn3_word(word, false)),
    ("tcvn3, half and half", |word, place| tcvn3_word(word, place % 2 == 0)),
    ("vni", |word, _| in_vni(word)),
];

fn texts(folder: &Path, prefix: &str) -> String {
    let mut all = String::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files.iter().filter(|f| f.file_name().to_string_lossy().starts_with(prefix)) {
        all += &std::fs::read_to_string(file.path()).unwrap();
    }
    all
}

/// Every legacy repair of clean text is a false one.
fn untouched(name: &str, text: &str, mode: RepairMode) {
    let (mut words, mut wrong, mut glued) = (0, HashMap::<String, usize>::new(), 0);
    for line in text.lines() {
        words += line.split_whitespace().count();
        let repaired = repair(line, Settings::new("", mode));
        glued += repaired.flags.len();
        for repair in repaired.repairs.iter().filter(|r| r.rule != "nfc") {
            *wrong.entry(format!("{}>{}", repair.from, repair.to)).or_default() += 1;
        }
    }
    let total: usize = wrong.values().sum();
    let rate = total as f64 * 1e6 / words.max(1) as f64;
    println!(
        "  {name}: {words} tokens, {total} false repairs ({rate:.1} per million), {glued} glued"
    );
    let mut worst: Vec<_> = wrong.into_iter().collect();
    worst.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    worst.truncate(25);
    println!("    {worst:?}");
}

/// Fragments of `length` words with at least one accent, encoded, inside clean text.
fn recall(name: &str, text: &str, length: usize, encode: Encode, mode: RepairMode) {
    let (mut broken_words, mut right, mut changed, mut correct) = (0, 0, 0, 0);
    let mut missed = HashMap::<String, usize>::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let from = (number * 7) % words.len().max(1);
        let Some(part) = words.get(from..from + length) else { continue };
        let syllables = part.iter().all(|w| crate::text::vietnamese::syllable::is_syllable(w));
        if !syllables || number % 3 != 0 {
            continue;
        }
        let place = number / 3;
        let encoded: Vec<String> = part.iter().map(|w| encode(w, place)).collect();
        let mut mixed: Vec<&str> = words.clone();
        for (slot, word) in mixed.iter_mut().skip(from).zip(&encoded) {
            *slot = word;
        }
        let out = repair(&mixed.join(" "), Settings::new("", mode));
        let fixed: Vec<&str> = out.text.split(' ').collect();
        for ((broken, clean), now) in encoded.iter().zip(part).zip(fixed.iter().skip(from)) {
            if broken == clean {
                continue;
            }
            broken_words += 1;
            right += usize::from(now == clean);
            if now != clean {
                *missed.entry(format!("{broken}>{clean}={now}")).or_default() += 1;
            }
        }
        changed += out.repairs.len();
        for r in out.repairs.iter().filter(|r| !part.contains(&r.to.as_str())) {
            *missed.entry(format!("wrong {}>{}", r.from, r.to)).or_default() += 1;
        }
        correct += out.repairs.iter().filter(|r| part.contains(&r.to.as_str())).count();
    }
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let (recall, precision) = (share(right, broken_words), share(correct, changed));
    println!(
        "  {name}, {length} words: {broken_words} broken, recall {recall:.3}, precision {precision:.3}"
    );
    if std::env::var_os("DONGTIN_TEXT_MISSED").is_none() {
        return;
    }
    let mut worst: Vec<_> = missed.into_iter().collect();
    worst.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    worst.truncate(12);
    println!("    missed {worst:?}");
}

fn tcvn3_word(word: &str, keep_horn: bool) -> String {
    let small = |c: char| c.to_lowercase().next().unwrap_or(c);
    let surface = |c: char| in_tcvn3(c).or_else(|| in_tcvn3(small(c))).unwrap_or(c);
    word.chars().map(surface).filter(|c| keep_horn || *c != tcvn3::LOST).collect()
}

/// Megabytes of clean text a second.
fn speed(text: &str) {
    let begun = std::time::Instant::now();
    let bytes: usize =
        text.lines().map(|line| repair(line, Settings::new("", RepairMode::Safe)).text.len()).sum();
    let seconds = begun.elapsed().as_secs_f64();
    println!("speed: {:.0} MB/s", bytes as f64 / 1e6 / seconds);
}
