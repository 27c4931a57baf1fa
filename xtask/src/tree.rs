//! The files of a repository, as the checks see them.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files below a root, by their paths relative to it with forward slashes, sorted.
pub(crate) struct Tree {
    root: PathBuf,
    files: Vec<String>,
}

impl Tree {
    /// The files that git tracks, and the new ones that it does not ignore.
    pub(crate) fn of_repository(root: &Path) -> io::Result<Self> {
        let words = ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        let listed = Command::new("git").current_dir(root).args(words).output()?;
        if !listed.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&listed.stderr).into_owned()));
        }
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut files: Vec<String> = names.split_terminator('\0').map(str::to_owned).collect();
        files.retain(|path| root.join(path).is_file());
        files.sort();
        files.dedup();
        Ok(Self { root: root.to_path_buf(), files })
    }

    /// All files of a folder, for trees that no repository holds.
    #[cfg(test)]
    pub(crate) fn of_folder(root: &Path) -> io::Result<Self> {
        fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    walk(root, &path, files)?;
                } else if let Ok(inner) = path.strip_prefix(root) {
                    files.push(inner.to_string_lossy().replace('\\', "/"));
                }
            }
            Ok(())
        }
        let mut files = Vec::new();
        walk(root, root, &mut files)?;
        files.sort();
        Ok(Self { root: root.to_path_buf(), files })
    }

    /// Paths relative to the root, sorted.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Paths that lie in `folder` (written with a closing slash) and end with `ending`.
    pub(crate) fn below<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = &'a str> {
        self.files().filter(move |path| path.starts_with(folder) && path.ends_with(ending))
    }

    /// True if `path` is one of the files or a folder that holds one.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty()
            || self
                .files()
                .any(|file| file == path || file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// The bytes of a file; `None` when it cannot be read.
    pub(crate) fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.root.join(path)).ok()
    }

    /// The text of a file; `None` when it cannot be read or is not UTF-8.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.bytes(path).and_then(|bytes| String::from_utf8(bytes).ok())
    }

    /// The size of a file in bytes; 0 when it cannot be read.
    pub(crate) fn size(&self, path: &str) -> u64 {
        std::fs::metadata(self.root.join(path)).map_or(0, |data| data.len())
    }
}

/// A temporary tree of the given files, for tests of the checks.
#[cfg(test)]
pub(crate) fn made_of(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let tree = Tree::of_folder(folder.path()).unwrap();
    (folder, tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_knows_its_files_and_folders() {
        let (_folder, tree) = made_of(&[("a/b.txt", "xyz"), ("a/c.md", ""), ("d.md", "")]);
        assert_eq!(tree.files().collect::<Vec<_>>(), ["a/b.txt", "a/c.md", "d.md"]);
        assert_eq!(tree.below("a/", ".md").collect::<Vec<_>>(), ["a/c.md"]);
        assert!(tree.has("a") && tree.has("a/") && tree.has("a/b.txt") && !tree.has("a/b") && !tree.has("e"));
        assert_eq!((tree.size("a/b.txt"), tree.text("a/b.txt").as_deref(), tree.text("none")), (3, Some("xyz"), None));
    }
}
