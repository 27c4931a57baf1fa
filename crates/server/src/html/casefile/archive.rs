//! The case file as a ZIP archive: the document itself, a page to print, the ledger's proofs one a line, the public keys, and how to check it.

use super::super::asset;
use super::super::language::Words;
use super::super::shell::{Refusal, Shell, Staff};
use super::Sheet;
use crate::code::Code;
use crate::error::ApiError;
use crate::state::App;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use seal::keys::SignUse;
use std::fmt::{Display, Write as _};
use std::io::{Cursor, Write as _};
use store::id::IncidentId;
use store::ledger::proof::Inclusion;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What is hashed of an entry, and what proofs and checkpoints follow, for who checks them with a program of their own.
const LEAF: &str = "SHA-256(00 || entry)";
const TREE: &str = "RFC 9162, 2.1.3.2";
const NOTE: &str = "C2SP tlog-checkpoint, signed-note (Ed25519)";

/// The page to print, as a file that needs nothing of the house.
#[derive(Template)]
#[template(path = "casefile_alone.html")]
struct Alone<'a> {
    shell: &'a Shell,
    sheet: &'a Sheet,
}

pub(super) async fn download(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<IncidentId>,
) -> Result<Response, Refusal> {
    let sheet = Sheet::export(&app, &staff, &id).await?;
    let bytes = packed(&files(&app, &staff.shell, &sheet)?).map_err(inside)?;
    let name = format!("attachment; filename=\"case-file-{id}.zip\"");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(inside)?);
    Ok(response)
}

fn inside(error: impl Display) -> ApiError {
    ApiError::new(Code::Internal, error.to_string())
}

/// Names and contents.
fn files(app: &App, shell: &Shell, sheet: &Sheet) -> Result<Vec<(&'static str, Vec<u8>)>, ApiError> {
    let alone = Alone { shell, sheet }.render().map_err(inside)?;
    Ok(vec![
        ("README.txt", readme(&shell.words, sheet).into_bytes()),
        ("case-file.json", serde_json::to_vec_pretty(&sheet.file).map_err(inside)?),
        ("case-file.html", alone.into_bytes()),
        ("case-file.css", asset::bytes("casefile.css").to_vec()),
        ("proofs.jsonl", proofs(sheet)?.into_bytes()),
        ("keys.txt", keys(app)?.into_bytes()),
    ])
}

/// What is in the archive and how to check it, in the reader's language.
fn readme(words: &Words, sheet: &Sheet) -> String {
    let file = &sheet.file;
    let unproved = sheet.entries.iter().filter(|entry| !entry.proved).count();
    let made = [("at", words.moment(&file.exported).into()), ("name", sheet.name(&file.exported_by).into())];
    let lines = [
        words.with("casefile-readme-title", "incident", file.incident.id.as_str()),
        words.with_all("casefile-readme-made", made),
        words.t("casefile-presumed"),
        String::new(),
        format!("case-file.html  {}", words.t("casefile-readme-page")),
        format!("case-file.json  {}", words.t("casefile-readme-document")),
        format!("proofs.jsonl    {}", words.t("casefile-readme-proofs")),
        format!("keys.txt        {}", words.t("casefile-readme-keys")),
        String::new(),
        words.t("casefile-readme-check"),
        String::new(),
        format!("1. {}", words.t("casefile-readme-trust")),
        "       countenance ledger keys".to_owned(),
        format!("2. {}", words.t("casefile-readme-prove")),
        "       countenance ledger proof proofs.jsonl --keys KEYS.txt".to_owned(),
        format!("3. {}", words.with("casefile-readme-compare", "document", "case-file.json")),
        format!("4. {}", words.t("casefile-readme-whole")),
        "       countenance ledger verify EXPORT.jsonl --keys KEYS.txt".to_owned(),
        String::new(),
        words.with_all("casefile-readme-hand", [("leaf", LEAF.into()), ("tree", TREE.into()), ("note", NOTE.into())]),
        words.with("casefile-readme-unproved", "count", unproved),
    ];
    // As every editor reads it.
    lines.join("\r\n") + "\r\n"
}

/// The proofs, each with its entry, one a line.
fn proofs(sheet: &Sheet) -> Result<String, ApiError> {
    let mut lines = String::new();
    for part in &sheet.file.entries {
        let Some(proof) = &part.proof else { continue };
        let inclusion = Inclusion {
            entry: part.entry.clone(),
            seq: part.seq.unsigned_abs(),
            checkpoint: proof.checkpoint.clone(),
            proof: proof.hashes.clone(),
        };
        lines += &serde_json::to_string(&inclusion).map_err(inside)?;
        lines.push('\n');
    }
    Ok(lines)
}

/// The public keys of the ledger, as `countenance ledger keys` prints them.
fn keys(app: &App) -> Result<String, ApiError> {
    let public = app.desk.ring.public_keys(SignUse::Ledger);
    let verifiers = seal::checkpoint::verifiers(&app.desk.settings.origin, &public).map_err(inside)?;
    Ok(verifiers.iter().fold(String::new(), |mut text, key| {
        // Cannot fail: a string takes everything.
        let _ = writeln!(text, "{key}");
        text
    }))
}

fn packed(files: &[(&'static str, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(*name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
