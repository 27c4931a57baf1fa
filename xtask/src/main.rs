//! Developer tasks: `cargo run -p xtask -- tidy` checks the repository, `codegen` writes the generated pages, `load` measures a server under load.

mod codegen;
mod load;
mod tidy;
mod tree;

use std::path::Path;
use std::process::ExitCode;
use tree::Tree;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a task for developers talks to the terminal")]
fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => Tree::of_repository(&root).map(|tree| tidy::check(&tree).iter().map(ToString::to_string).collect()),
        ["codegen"] => codegen::write(&root).map(|()| Vec::new()),
        ["load", rest @ ..] => load::run(rest).map_err(std::io::Error::other),
        _ => {
            eprintln!("usage: cargo run -p xtask -- tidy | codegen | load PROGRAM [MINUTES]");
            return ExitCode::from(4);
        }
    };
    match outcome {
        Ok(problems) if problems.is_empty() => {
            println!("{}: nothing to report", words[0]);
            ExitCode::SUCCESS
        }
        Ok(problems) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            eprintln!("{} problems", problems.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", words[0]);
            ExitCode::FAILURE
        }
    }
}
