#![no_main]
#[path = "../../mutations/strict.rs"]
#[allow(dead_code)]
mod strict;
#[path = "../../mutations/whole.rs"]
#[allow(dead_code)]
mod whole;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| _ = whole::read(bytes));
