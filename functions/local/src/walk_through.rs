//! What `bin/dev` prints when everything is up: commands that can be pasted as they are.

use std::path::Path;

use crate::regions_file::RegionEntry;

/// The walk-through, with the addresses and keys of the first region filled in.
pub fn text(regions: &[RegionEntry], proveniq: &Path, trust: &Path) -> String {
    let mut out = String::from("\nRunning. Ctrl-C stops everything; the next start keeps the data.\n");
    for entry in regions {
        let RegionEntry { region, url, demo, .. } = entry;
        let lines = format!("\n  {region:<13} {url}   {} ({})\n  {:<13} key {}\n", demo.name, demo.org, "", demo.key);
        out.push_str(&lines);
    }
    let Some(RegionEntry { region, url, demo, .. }) = regions.first() else { return out };
    let (key, proveniq, trust) = (&demo.key, proveniq.display(), trust.display());
    let commands = format!(
        r#"
Paste this into another terminal (any folder):

  # 1. File a claim: the answer is a signed receipt.
  curl -sS {url}/api/v1/events -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: walk-1' -o receipt.json -d '{{
      "type": "claim.filed", "classification": "transactional", "claim_id": "WALK-1", "tags": ["claim"],
      "payload": {{ "line": "home", "reported_on": "2026-11-20", "amount": "1200.50" }} }}'
  EVENT=$(grep -o 'evt_[0-9a-f]*' receipt.json | head -1)

  # 2. Two seconds later: the evidence file, verified by a separate program, offline.
  curl -sS "{url}/api/v1/proofs/$EVENT?wait=5s" -H 'Authorization: Bearer {key}' -o evidence.json
  {proveniq} verify evidence.json --trust {trust}

  # 3. The claim's whole history, with a signed head.
  curl -sS {url}/api/v1/claims/WALK-1/history -H 'Authorization: Bearer {key}' -o history.json
  {proveniq} verify history.json --trust {trust}

  # 4. Edit one row behind the ledger's back, as the database's superuser; the audit finds and names it.
  {proveniq} audit --region {region}
  {proveniq} demo tamper --region {region}
  {proveniq} audit --region {region}
"#
    );
    out.push_str(&commands);
    out
}
