//! Power cuts, kill points, failing fsyncs, full disks and flipped bits, against a real child process.
//!
//! `cargo test --test durability` makes 20 cuts; `DONGTIN_CUTS=200` makes more. It kills the daemon at 15 points of its
//! way, or with `DONGTIN_POINTS=all` at every one. A word after `--` picks stories by name.

#[expect(dead_code, reason = "the harness of tests/node, of which this needs a part")]
#[path = "node/daemon.rs"]
mod daemon;
#[path = "node/http.rs"]
mod http;
#[path = "node/wait.rs"]
mod wait;
mod powerloss;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["__probe", directory] => {
            exit(dongtin::testing::journal::probe(directory.as_ref()).is_ok())
        }
        ["append", directory, from] => powerloss::child::append(directory, from.parse().unwrap()),
        ["verify", directory] => powerloss::child::verify(directory),
        ["fill", directory] => powerloss::child::fill(directory),
        ["fill-http"] => powerloss::http::fill(),
        ["__worker", ..] => dongtin::main(std::env::args_os()),
        ["--config", file, "serve", ..] => powerloss::elsewhere::serve(file.as_ref()),
        _ => exit(run(args.iter().copied().find(|arg| !arg.starts_with('-')).unwrap_or_default())),
    }
}

fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A story says what it saw, or panics.
type Story = fn() -> String;

fn run(wanted: &str) -> bool {
    let stories: [(&str, Story); 11] = [
        (
            "a_node_whose_events_are_numbered_elsewhere_is_like_any",
            powerloss::elsewhere::whole_node,
        ),
        ("power_cuts_lose_nothing_acknowledged", powerloss::power_cuts),
        ("kills_lose_nothing_acknowledged", powerloss::kills),
        ("a_kill_at_any_point_is_survived", powerloss::points::kill_points),
        ("nothing_is_acknowledged_after_a_failed_fsync", powerloss::failing_fsync),
        ("a_failed_fsync_is_a_503_and_nothing_follows", powerloss::http::failing_fsync),
        ("two_readers_see_one_order_through_power_cuts", powerloss::http::two_readers),
        ("one_key_makes_one_article_through_power_cuts", powerloss::http::one_key),
        ("a_full_disk_is_a_503_and_is_read", powerloss::http::full_disk),
        ("a_full_disk_loses_nothing_and_is_read", powerloss::full_disk),
        ("a_flipped_bit_is_never_served", powerloss::flips),
    ];
    let (mut passed, mut failed) = (0, 0);
    for (name, story) in stories.into_iter().filter(|(name, _)| name.contains(wanted)) {
        match std::panic::catch_unwind(story) {
            Ok(said) => {
                passed += 1;
                println!("test {name} ... ok ({said})");
            }
            Err(_) => {
                failed += 1;
                println!("test {name} ... FAILED");
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    failed == 0
}
