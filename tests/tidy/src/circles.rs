//! Circles between the files of one crate: a file that imports another, which imports the first,
//! directly or by way of others. Such files can only be read, moved and tested together.
//!
//! Files are read as text. Three things are no arrow of the picture: `mod child;`, a re-export that
//! its own file does not use, and what a module takes from the one it stands in (`use super::X`),
//! because it exists for that one only. Modules called `tests` are left out.

mod imports;

use crate::repository::SourceFile;
use imports::{Imports, imports};
use std::collections::{BTreeMap, BTreeSet};

/// The path of a module inside its crate; empty for the root.
type Module = Vec<String>;

/// How often a name is followed that a file only passes on.
const MAX_ROUNDS: usize = 8;

/// A file with what it imports.
struct ModuleFile<'a> {
    path: &'a str,
    imports: Imports,
}

/// All files of a crate by their modules. A library and a binary in one folder are one crate here.
type Crate<'a> = BTreeMap<Module, ModuleFile<'a>>;

/// Files by the files that they import.
type Arrows<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Returns one line for each group of files of a crate that import each other.
pub fn circles(files: &[SourceFile]) -> Vec<String> {
    crates(files).values().flat_map(|modules| around(&arrows(modules))).collect()
}

/// The crates by the folders of their roots.
fn crates(files: &[SourceFile]) -> BTreeMap<&str, Crate<'_>> {
    let is_root = |file: &&SourceFile| file.path.ends_with("/lib.rs") || file.path.ends_with("/main.rs");
    let roots: BTreeSet<&str> =
        files.iter().filter(is_root).filter_map(|file| Some(file.path.rsplit_once('/')?.0)).collect();
    let mut crates: BTreeMap<&str, Crate<'_>> = BTreeMap::new();
    for file in files {
        let Some(name) = file.path.strip_suffix(".rs") else { continue };
        let root = roots.iter().filter_map(|root| Some((*root, name.strip_prefix(root)?.strip_prefix('/')?)));
        let Some((root, inside)) = root.max_by_key(|(root, _)| root.len()) else { continue };
        let module: Module = match inside {
            // The binary beside a library has a place of its own; modules that only it declares are under the root.
            "main" if roots_library(files, root) => vec!["main".to_owned()],
            "lib" | "main" => Vec::new(),
            inside => inside.split('/').map(str::to_owned).collect(),
        };
        if !module.iter().any(|part| part == "tests") {
            let read = ModuleFile { path: &file.path, imports: imports(&file.text) };
            crates.entry(root).or_default().insert(module, read);
        }
    }
    crates
}

fn roots_library(files: &[SourceFile], root: &str) -> bool {
    files.iter().any(|file| file.path.strip_prefix(root) == Some("/lib.rs"))
}

fn arrows<'a>(modules: &Crate<'a>) -> Arrows<'a> {
    let from = |module: &Module, file: &ModuleFile<'a>| {
        // The binary beside a library declares modules of the root.
        let here = if module == &["main"] { Vec::new() } else { module.clone() };
        let targets = file.imports.used.iter().filter_map(|path| target(modules, &here, path, MAX_ROUNDS));
        let targets = targets.filter(|(above, _)| !here.starts_with(above));
        targets.map(|(_, file)| file.path).collect()
    };
    modules.iter().map(|(module, file)| (file.path, from(module, file))).collect()
}

/// The file in which a path ends. A name that a file only passes on is followed to where it comes from.
fn target<'a, 'r>(
    modules: &'r Crate<'a>,
    here: &Module,
    path: &[String],
    patience: usize,
) -> Option<(Module, &'r ModuleFile<'a>)> {
    let mut module = here.clone();
    let (first, mut rest) = path.split_first()?;
    match first.as_str() {
        "crate" => module.clear(),
        "self" => {}
        "super" => module = parent(&module)?,
        child => module = joined(&module, child),
    }
    modules.get(&module)?;
    while let Some((part, after)) = rest.split_first() {
        let next = if part == "super" { parent(&module)? } else { joined(&module, part) };
        if !modules.contains_key(&next) {
            break;
        }
        (module, rest) = (next, after);
    }
    let file = modules.get(&module)?;
    let passed_on = rest.first().and_then(|name| file.imports.names.get(name)).filter(|_| patience > 0);
    let behind = passed_on.and_then(|path| target(modules, &module, path, patience - 1));
    Some(behind.unwrap_or((module, file)))
}

fn parent(module: &Module) -> Option<Module> {
    Some(module.split_last()?.1.to_vec())
}

fn joined(module: &Module, child: &str) -> Module {
    module.iter().map(String::as_str).chain([child]).map(str::to_owned).collect()
}

/// One line for each group of files that reach each other: the shortest way around, from the first of them.
fn around(arrows: &Arrows<'_>) -> Vec<String> {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut lines = Vec::new();
    for (file, next) in arrows {
        let back = next.iter().filter_map(|next| way(arrows, next, file)).min_by_key(Vec::len);
        if let Some(back) = back.filter(|_| !told.contains(file)) {
            let group = arrows
                .keys()
                .filter(|other| way(arrows, file, other).is_some() && way(arrows, other, file).is_some());
            told.extend(group);
            lines.push(format!("{file} -> {}: a circle", back.join(" -> ")));
        }
    }
    lines
}

/// The shortest way along the arrows, both ends included.
fn way<'a>(arrows: &Arrows<'a>, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut ways = std::collections::VecDeque::from([vec![from]]);
    let mut seen = BTreeSet::from([from]);
    while let Some(way) = ways.pop_front() {
        let last = way.last().copied()?;
        if last == to {
            return Some(way);
        }
        for next in arrows.get(last).into_iter().flatten().filter(|next| seen.insert(next)) {
            ways.push_back(way.iter().chain([next]).copied().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), text: (*text).into() };
        circles(&files.iter().map(file).collect::<Vec<_>>())
    }

    #[test]
    fn finds_two_files_that_import_each_other() {
        let files = [
            ("x/src/lib.rs", "mod a; mod b;"),
            ("x/src/a.rs", "use crate::b::{self, B};"),
            ("x/src/b.rs", "fn f() { crate::a::g() }"),
        ];
        assert_eq!(found(&files), ["x/src/a.rs -> x/src/b.rs -> x/src/a.rs: a circle"]);
        assert!(found(&files[..2]).is_empty());
    }

    #[test]
    fn a_child_may_use_its_parent_and_no_other_file_by_way_of_it() {
        let lib = ("x/src/lib.rs", "mod a;");
        let (parent, child) = (("x/src/a.rs", "mod c; fn f() { c::go() }"), "use super::Table;");
        assert!(found(&[lib, parent, ("x/src/a/c.rs", child)]).is_empty());
        let parent = ("x/src/a.rs", "mod c; mod d; use c::Go; fn f() -> Go {}");
        let files = [lib, parent, ("x/src/a/c.rs", "use super::d::D;"), ("x/src/a/d.rs", "use super::Go;")];
        assert_eq!(found(&files).len(), 1);
    }

    #[test]
    fn follows_a_name_to_the_file_it_comes_from() {
        let files = [
            ("x/src/lib.rs", "mod a;"),
            ("x/src/a.rs", "mod b; mod c; pub use b::B;"),
            ("x/src/a/b.rs", "use super::c::C;"),
            ("x/src/a/c.rs", "use super::B;"),
        ];
        assert_eq!(found(&files), ["x/src/a/b.rs -> x/src/a/c.rs -> x/src/a/b.rs: a circle"]);
    }

    #[test]
    fn finds_a_circle_by_way_of_a_third_file_once() {
        let files = [
            ("x/src/main.rs", "mod a; mod b; mod c;"),
            ("x/src/a.rs", "use crate::b::B;"),
            ("x/src/b.rs", "use crate::c::C;"),
            ("x/src/c.rs", "use crate::a::A;"),
        ];
        assert_eq!(found(&files).len(), 1);
    }

    #[test]
    fn leaves_out_tests_comments_and_other_crates() {
        let files = [
            ("x/src/lib.rs", "mod a; mod b;"),
            ("x/src/a.rs", "use crate::b::B;\n#[cfg(test)]\nmod tests;"),
            ("x/src/b.rs", "// crate::a::A\n#[cfg(test)]\nmod tests { use crate::a::A; }"),
            ("x/src/a/tests.rs", "use super::*; use crate::b::B;"),
            ("y/src/lib.rs", "use x::a::A;"),
        ];
        assert!(found(&files).is_empty());
    }
}
