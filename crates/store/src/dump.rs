//! Backup, restore and moving between databases.
