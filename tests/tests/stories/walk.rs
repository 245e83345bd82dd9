//! What a stranger does: files a claim, keeps the receipt, gets proofs, and believes none of them unverified.

use serde_json::{Value, json};
use stories::{Organization, Region, event_id, tell};
use test_support::http::Answer;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::header::event_hash;
use truth_kernel::note::VerifierKey;
use truth_kernel::tile::{TileId, Tiles, WIDTH, entries_path, root, root_tiles};
use truth_kernel::tree::{reference_root, verify_consistency};
use truth_kernel::verify::{Outcome, StepName, Verdict, verify};

#[test]
fn a_claim_is_filed_receipted_proved_and_verified_offline() {
    tell(async |regions| {
        for (region, mode) in [(&regions.eu, Mode::Live), (&regions.us, Mode::Test)] {
            let org = region.organization(mode).await;
            let claim = org.claim();
            let receipt = org.client.post_event(&org.filed(&claim)).await;
            assert_eq!(receipt.status, 201, "{}", receipt.text());
            a_receipt_promises_and_does_not_prove(region, &receipt);
            let event = event_id(&receipt.json());
            assert_eq!(receipt.header("location"), format!("/api/v1/events/{event}"));

            let proof = org.client.get_proof(&event).await;
            is_valid(region, &org, &proof).await;
            assert_eq!(
                proof.json()["event"],
                receipt.json()["event"],
                "the proof is of the event that the receipt promised"
            );
            only_informing_bytes_may_change(&proof.body, &region.trust);
        }
    });
}

#[test]
fn a_claims_history_and_a_batch_proof_verify_offline() {
    tell(async |regions| {
        let (region, org) = (&regions.us, regions.us.organization(Mode::Live).await);
        let claim = org.claim();
        let filed = org.append(&org.filed(&claim)).await;
        let paid = org.append(&org.paid(&claim, "700")).await;
        let other = org.append(&org.filed(&org.claim())).await;
        let proof = org.client.post_proofs(&json!({ "events": [filed, other, paid] })).await;
        is_valid(region, &org, &proof).await;
        only_informing_bytes_may_change(&proof.body, &region.trust);
        let range = org.client.post_proofs(&json!({ "chain": "ledger", "first_seq": 1, "count": 3 })).await;
        is_valid(region, &org, &range).await;

        let verified = org.client.verify_claim(&claim).await;
        assert_eq!(
            (verified.status, &verified.json()["verification"]["result"]),
            (200, &json!("valid")),
            "{}",
            verified.text()
        );
        let verification = event_id(&verified.json()["evidence"]);
        assert_eq!(org.client.get_proof(&verification).await.status, 200);

        let history = org.client.get_history(&claim).await;
        is_valid(region, &org, &history).await;
        only_informing_bytes_may_change(&history.body, &region.trust);
        let events = history.json()["events"].as_array().unwrap().len();
        assert_eq!(events, 3, "filed, paid, verified: a verification is itself evidence");
        let mut shortened = history.json();
        shortened["events"].as_array_mut().unwrap().pop();
        let report = verify(shortened.to_string().as_bytes(), &region.trust);
        assert_eq!(report.verdict, Verdict::Invalid, "a hidden tail is a lie that can be proved");
    });
}

#[test]
fn checkpoints_are_consistent_and_tiles_rebuild_the_root() {
    tell(async |regions| {
        let (region, org) = (&regions.eu, regions.eu.organization(Mode::Live).await);
        let first = org.append(&org.filed(&org.claim())).await;
        org.client.get_proof(&first).await;
        let older = checkpoint(region, &org).await;
        let second = org.append(&org.filed(&org.claim())).await;
        org.client.get_proof(&second).await;
        let newer = checkpoint(region, &org).await;
        assert!(older.size < newer.size);

        let proof = org.client.get_consistency(older.size, newer.size).await.json();
        let hashes = proof["hashes"].as_array().unwrap();
        let hashes: Vec<_> = hashes.iter().map(|hash| Hash::from_base64(hash.as_str().unwrap()).unwrap()).collect();
        let consistent = |old: &Hash, new: &Hash| verify_consistency(older.size, newer.size, old, new, &hashes).is_ok();
        assert!(consistent(&older.root, &newer.root));
        assert!(!consistent(&newer.root, &newer.root) && !consistent(&older.root, &older.root));
        the_public_log_rebuilds_the_root(region, &org).await;
    });
}

/// The whole log over HTTP, as a monitor reads it: tiles by anyone, entries by an auditor.
async fn the_public_log_rebuilds_the_root(region: &Region, org: &Organization) {
    let anyone = region.anyone();
    let auditor = anyone.with_key(&region.api_key(&org.id, Mode::Live, &["log:audit"]).await.text);
    let note = anyone.log_object("1", "checkpoint").await;
    let checkpoint = Checkpoint::open(note.text(), &region.trust).unwrap();
    let width = |level: u8, index: u64| {
        let nodes = checkpoint.size >> (8 * u32::from(level));
        usize::try_from(nodes - index * WIDTH as u64).unwrap().min(WIDTH)
    };
    let mut tiles = Tiles::new();
    for id in root_tiles(checkpoint.size) {
        let tile = anyone.log_object("1", &id.path(width(id.level, id.index))).await;
        tiles.insert_bytes(id, &tile.body).unwrap();
    }
    assert_eq!(root(&tiles, checkpoint.size).unwrap(), checkpoint.root);

    let mut leaves = Vec::new();
    for index in 0..checkpoint.size.div_ceil(WIDTH as u64) {
        let width = width(0, index);
        let tile = anyone.log_object("1", &TileId { level: 0, index }.path(width)).await;
        let bundle = auditor.log_object("1", &entries_path(index, width)).await;
        assert_eq!((tile.status, bundle.status), (200, 200));
        let hashes: Vec<_> = entries(&bundle.body).into_iter().map(event_hash).collect();
        assert_eq!(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>(), tile.body);
        leaves.extend(hashes);
    }
    assert_eq!(reference_root(&leaves), checkpoint.root);
}

/// The entries of a bundle, each behind its length.
fn entries(mut bundle: &[u8]) -> Vec<&[u8]> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk() {
        let (entry, others) = rest.split_at(u16::from_be_bytes(*length).into());
        entries.push(entry);
        bundle = others;
    }
    entries
}

/// The newest published checkpoint as the API tells it, verified.
async fn checkpoint(region: &Region, org: &Organization) -> Checkpoint {
    let told = org.client.get_checkpoint().await.json();
    let checkpoint = Checkpoint::open(told["note"].as_str().unwrap(), &region.trust).unwrap();
    assert_eq!((&told["size"], &told["root"]), (&json!(checkpoint.size), &json!(checkpoint.root.base64())));
    checkpoint
}

fn a_receipt_promises_and_does_not_prove(region: &Region, receipt: &Answer) {
    assert_eq!(receipt.header("content-type"), "application/vnd.proveniq.evidence+json");
    let report = verify(&receipt.body, &region.trust);
    assert_eq!(report.verdict, Verdict::CannotTell, "{report:?}");
    assert_eq!(report.step(StepName::Receipt).unwrap().outcome, Outcome::Passed);
    let document = receipt.json();
    assert_eq!((&document["inclusion"], &document["checkpoint"]), (&Value::Null, &Value::Null));
}

/// Valid with the region's keys, offline and by the API; without trust nobody can tell.
async fn is_valid(region: &Region, org: &Organization, document: &Answer) {
    assert_eq!(document.status, 200, "{}", document.text());
    let report = verify(&document.body, &region.trust);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    assert_eq!(report.unchecked, [""; 0], "everything in it was checked");
    assert_eq!(verify(&document.body, &[]).verdict, Verdict::CannotTell);
    let told = org.client.verify_proof(document.body.clone()).await.json();
    assert_eq!(told["verdict"], "valid", "{told}");
}

/// With a byte changed (every fifth is tried: the kernel tries all) the document is no longer valid: unless the byte is in what informs and proves nothing (the keys that the
/// document brings), or names a member that is unknown then, and reported as unchecked.
fn only_informing_bytes_may_change(document: &[u8], trust: &[VerifierKey]) {
    let text = std::str::from_utf8(document).unwrap();
    let keys = text.find(r#""keys":["#).map(|start| start..start + text[start..].find(']').unwrap()).unwrap();
    let mut changed = document.to_vec();
    for place in (0..document.len()).step_by(5).filter(|place| !keys.contains(place)) {
        changed[place] ^= 1;
        let report = verify(&changed, trust);
        let still_valid = report.verdict == Verdict::Valid && report.unchecked.is_empty();
        let around = &document[place.saturating_sub(30)..(place + 30).min(document.len())];
        assert!(!still_valid, "byte {place} may change: {}", String::from_utf8_lossy(around));
        changed[place] ^= 1;
    }
}
