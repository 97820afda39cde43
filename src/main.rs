//! Arguments in, an exit code out; everything else is `cli`'s.

fn main() {}
