//! The views for `BigQuery`, run without it: parsed as its SQL by sqlglot and run by `DuckDB`, both from `PyPI` and kept in a cache folder.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use analytics::facts::FACTS;
use cloud::warehouse::ColumnType;
use serde_json::{Map, Value, json};
use truth_kernel::hash::sha256;

const REQUIREMENTS: &str = include_str!("../bigquery/requirements.txt");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bigquery/views.py");

/// What the views show of these facts; or the tool that is missing.
pub async fn run(facts: &[Value], views: &[(&str, String)]) -> Result<BTreeMap<String, Vec<Value>>, String> {
    let columns: Map<_, _> =
        FACTS.columns.iter().map(|column| (column.name.to_owned(), type_name(column.kind).into())).collect();
    let given = json!({ "columns": columns, "facts": facts, "views": views }).to_string();
    tokio::task::spawn_blocking(move || {
        let packages = packages()?;
        Ok(serde_json::from_slice(&ask(&packages, given.as_bytes())).unwrap())
    })
    .await
    .unwrap()
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "STRING",
        ColumnType::Integer => "INTEGER",
        ColumnType::Boolean => "BOOLEAN",
        ColumnType::Time => "TIMESTAMP",
    }
}

fn ask(packages: &Path, given: &[u8]) -> Vec<u8> {
    let mut python = Command::new("python3")
        .arg(SCRIPT)
        .env("PYTHONPATH", packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The script reads everything before it writes.
    python.stdin.take().unwrap().write_all(given).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the views do not run");
    output.stdout
}

/// The folder of the packages: one per list, so that a changed version is fetched anew.
fn packages() -> Result<PathBuf, String> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache =
        cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).ok_or("a cache folder")?;
    let python = Command::new("python3").arg("-V").output().map_err(|_| "python3")?.stdout;
    let name = sha256(&[REQUIREMENTS.as_bytes(), &python]).to_string();
    let folder = cache.join("proveniq-tools").join(format!("bigquery-{}", &name[..16]));
    if !folder.exists() {
        install(&folder)?;
    }
    Ok(folder)
}

/// Whole or not at all: whoever is faster wins.
fn install(folder: &Path) -> Result<(), String> {
    let fresh = folder.with_extension(std::process::id().to_string());
    let requirements = Path::new(SCRIPT).with_file_name("requirements.txt");
    let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--target"];
    let installed = Command::new("python3").args(pip).arg(&fresh).arg("-r").arg(requirements).output();
    if installed.is_ok_and(|pip| pip.status.success()) && (std::fs::rename(&fresh, folder).is_ok() || folder.exists()) {
        return Ok(());
    }
    drop(std::fs::remove_dir_all(fresh));
    Err("sqlglot-and-duckdb".to_owned())
}
