//! Step two, *sign*: exactly the stored size and root, after computing them anew.

use store::seal::SignedCheckpoint;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::region::LogOrigin;
use truth_kernel::tree::empty_root;

use crate::error::SealError;
use crate::rebuild::{self, Tree};
use crate::sealer::Sealer;
use crate::standing::stored_log;

impl Sealer {
    /// Signs the stored size and root and stores the note; no transaction is open while the key is asked. A crash on the way leaves the
    /// log unsigned for the next run, which gets the same signature (Ed25519 is deterministic). Does nothing when the size is signed.
    pub async fn sign(&self, origin: &LogOrigin) -> Result<(), SealError> {
        let Some(checkpoint) = self.verified_tree(origin).await? else { return Ok(()) };
        let signed = self.signed(origin, &checkpoint).await?;
        let mut tx = self.store.begin_system().await?;
        tx.record_checkpoint(origin, &signed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The log's tree, recomputed from its stored leaves on top of the last signed root; none when it is signed already.
    async fn verified_tree(&self, origin: &LogOrigin) -> Result<Option<Checkpoint>, SealError> {
        let mut tx = self.store.begin_system().await?;
        let signed = tx.newest_checkpoint(origin).await?;
        let log = stored_log(&mut tx, origin).await?;
        let from =
            signed.map_or(Tree { size: 0, root: empty_root() }, |signed| Tree { size: signed.size, root: signed.root });
        let to = Tree { size: log.size, root: log.root };
        if from == to {
            return Ok(None);
        }
        let tiles = tx.logs().tiles(origin, &rebuild::needed_tiles(from.size, to.size)).await?;
        drop(tx);
        rebuild::check(&tiles, from, to).map_err(|fault| SealError::Tampered {
            origin: origin.clone(),
            from: from.size,
            to: to.size,
            fault,
        })?;
        Ok(Some(Checkpoint::new(origin, to.size, to.root)))
    }

    async fn signed(&self, origin: &LogOrigin, checkpoint: &Checkpoint) -> Result<SignedCheckpoint, SealError> {
        let signer = self.signer(origin)?;
        let signature = signer.sign(checkpoint.note_text().as_bytes()).await?;
        let note = checkpoint.assemble(signer.verifier(), &signature);
        Checkpoint::open(&note, std::slice::from_ref(signer.verifier())).map_err(SealError::BadSignature)?;
        Ok(SignedCheckpoint { size: checkpoint.size, root: checkpoint.root, note })
    }
}
