//! Arguments in, an exit code out; everything else is `cli`'s.

use std::process::ExitCode;

fn main() -> ExitCode {
    dongtin::main(std::env::args_os())
}
