//! The claims of a file with the columns of `prism.csv` (clients/cli/data/README.md).

use std::collections::HashSet;

use csv::{ReaderBuilder, StringRecord};

use super::date::Date;
use super::money::Money;

/// One claim, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The insurer's number for it.
    pub number: String,
    /// When it happened.
    pub accident: Date,
    /// When the insurer was told.
    pub reported: Date,
    /// The line of business: `Auto`, `Home`.
    pub line: String,
    /// The coverage within it: `PD`, `Dwelling`.
    pub kind: String,
    /// Whether the insurer is liable.
    pub liable: bool,
    /// The most that is paid.
    pub limit: Money,
    /// What the insured bears.
    pub deductible: Money,
    /// What was paid, and when, if anything.
    pub payment: Option<(Money, Date)>,
    /// When it was closed.
    pub closed: Date,
}

/// Claim numbers are part of idempotency keys, which are visible ASCII.
const LONGEST_NUMBER: usize = 100;

/// What the ledger's built-in event types take for names.
const LONGEST_NAME: usize = 200;

/// The columns that are read.
const COLUMNS: [&str; 12] = [
    "ClaimNo",
    "AccidentDate",
    "ReportDate",
    "Line",
    "Type",
    "ClaimLiability",
    "Limit",
    "Deductible",
    "TotalPayment",
    "PaymentDate",
    "CloseDate",
    "Status",
];

/// Every claim of the file, or what is wrong with the first that is none: nothing is imported by halves.
pub fn read(file: &[u8]) -> Result<Vec<Claim>, String> {
    let mut reader = ReaderBuilder::new().from_reader(file);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let missing = COLUMNS.iter().find(|column| header.iter().all(|name| name != **column));
    if let Some(missing) = missing.filter(|_| !header.is_empty()) {
        return Err(format!("there is no column {missing}"));
    }
    let mut numbers = HashSet::new();
    let mut claims = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let at = record.position().map_or(0, csv::Position::line);
        let claim = Row { header: &header, record: &record }.claim().map_err(|fault| format!("line {at}: {fault}"))?;
        if !numbers.insert(claim.number.clone()) {
            return Err(format!("line {at}: claim {} is there twice", claim.number));
        }
        claims.push(claim);
    }
    Ok(claims)
}

struct Row<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn claim(&self) -> Result<Claim, String> {
        if self.text("Status")? != "CLOSED" {
            return Err("Status: only claims that are CLOSED are known".to_owned());
        }
        let paid: Money = self.parsed("TotalPayment")?;
        let payment = if paid.is_zero() { None } else { Some((paid, self.parsed("PaymentDate")?)) };
        Ok(Claim {
            number: self.number()?,
            accident: self.parsed("AccidentDate")?,
            reported: self.parsed("ReportDate")?,
            line: self.name("Line")?,
            kind: self.name("Type")?,
            liable: self.flag("ClaimLiability")?,
            limit: self.parsed("Limit")?,
            deductible: self.parsed("Deductible")?,
            payment,
            closed: self.parsed("CloseDate")?,
        })
    }

    fn text(&self, column: &str) -> Result<&str, String> {
        let index = self.header.iter().position(|name| name == column);
        let index = index.ok_or_else(|| format!("there is no column {column}"))?;
        Ok(self.record.get(index).unwrap_or_default())
    }

    fn parsed<T: std::str::FromStr<Err = &'static str>>(&self, column: &str) -> Result<T, String> {
        let text = self.text(column)?;
        text.parse().map_err(|fault| format!("{column}: {text:?} is {fault}"))
    }

    fn number(&self) -> Result<String, String> {
        let text = self.text("ClaimNo")?;
        let fits = (1..=LONGEST_NUMBER).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(text.to_owned()) } else { Err(format!("ClaimNo: {text:?} is not the number of a claim")) }
    }

    fn name(&self, column: &str) -> Result<String, String> {
        let text = self.text(column)?;
        let fits = (1..=LONGEST_NAME).contains(&text.chars().count());
        if fits { Ok(text.to_owned()) } else { Err(format!("{column} is empty or too long")) }
    }

    fn flag(&self, column: &str) -> Result<bool, String> {
        match self.text(column)? {
            "True" => Ok(true),
            "False" => Ok(false),
            other => Err(format!("{column}: {other:?} is neither True nor False")),
        }
    }
}
