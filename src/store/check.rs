//! Checking that everything follows from the journal.
