//! What `bin/dev` prints when everything is up: commands that can be pasted as they are.

use std::path::Path;

use crate::regions_file::RegionEntry;

/// Where the commands find things: another terminal shares neither our folder nor our environment.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The command line.
    pub proveniq: &'a Path,
    /// The public keys of all regions.
    pub trust: &'a Path,
    /// The state folder.
    pub state: &'a Path,
}

/// The walk-through, with the addresses and keys of the first region filled in.
pub fn text(regions: &[RegionEntry], places: Places<'_>) -> String {
    let mut out = String::from("\nRunning. Ctrl-C stops everything; the next start keeps the data.\n");
    for entry in regions {
        let RegionEntry { region, url, demo, .. } = entry;
        let lines = format!("\n  {region:<13} {url}   {} ({})\n  {:<13} key {}\n", demo.name, demo.org, "", demo.key);
        out.push_str(&lines);
    }
    let Some(RegionEntry { region, url, demo, .. }) = regions.first() else { return out };
    let key = &demo.key;
    let [proveniq, trust, state] = [places.proveniq, places.trust, places.state].map(pasted);
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
  {proveniq} audit --region {region} --state {state}
  {proveniq} demo tamper --region {region} --state {state}
  {proveniq} audit --region {region} --state {state}
"#
    );
    out.push_str(&commands);
    out
}

/// What can be done with anchors, or why there are none. `roots` vouch for the machine's timestamp authority.
pub fn anchoring(regions: &[RegionEntry], places: Places<'_>, roots: Option<&Path>) -> String {
    let Some(roots) = roots else {
        return "Anchoring is off: the program openssl, which plays the timestamp authority, is not installed.\n"
            .to_owned();
    };
    let Some(RegionEntry { url, demo, .. }) = regions.first() else { return String::new() };
    let key = &demo.key;
    let [proveniq, trust, roots] = [places.proveniq, places.trust, roots].map(pasted);
    format!(
        r#"  # 5. Some seconds later: the same evidence, now with the timestamp of a third party over its checkpoint.
  curl -sS "{url}/api/v1/proofs/$EVENT" -H 'Authorization: Bearer {key}' -o anchored.json
  {proveniq} verify anchored.json --trust {trust} --tsa-roots {roots}
"#
    )
}

/// A path as a shell reads it, in quotes where it needs them.
fn pasted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regions_file::DemoAccount;

    fn region() -> RegionEntry {
        let demo = DemoAccount { name: "Alpine Mutual".into(), org: "org_1".into(), key: "pk_test".into() };
        RegionEntry {
            region: "europe-west1".into(),
            url: "http://127.0.0.1:8801".into(),
            database_url: String::new(),
            auditor_url: String::new(),
            wrapping_keys: String::new(),
            keys: Vec::new(),
            operator_key: String::new(),
            demo,
        }
    }

    #[test]
    fn anchoring_is_shown_or_said_to_be_off() {
        let [proveniq, trust, state] = ["/proveniq", "/keys.txt", "/state"].map(Path::new);
        let places = Places { proveniq, trust, state };
        let said = anchoring(&[region()], places, Some(Path::new("/my state/root.pem")));
        assert!(
            said.contains("/proveniq verify anchored.json --trust /keys.txt --tsa-roots '/my state/root.pem'"),
            "{said}"
        );
        assert!(anchoring(&[region()], places, None).contains("off: the program openssl"));
    }

    #[test]
    fn the_commands_find_the_state_folder_and_survive_a_space_in_a_path() {
        let [proveniq, trust, state] = ["/my code/proveniq", "/var/tmp/keys.txt", "/it's here"].map(Path::new);
        let said = text(&[region()], Places { proveniq, trust, state });
        assert!(said.contains("'/my code/proveniq' verify evidence.json --trust /var/tmp/keys.txt\n"), "{said}");
        for command in ["audit", "demo tamper"] {
            let line = format!(r"'/my code/proveniq' {command} --region europe-west1 --state '/it'\''s here'");
            assert!(said.contains(&line), "{line} is not in: {said}");
        }
    }
}
