//! The archive: the journal as compressed NDJSON.
