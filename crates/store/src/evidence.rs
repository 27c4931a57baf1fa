//! Evidence: sealed, and closed until the judgement.
