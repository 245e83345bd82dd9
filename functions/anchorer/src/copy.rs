//! Step three, *copy*: note and token, create-only, in the bucket whose objects nobody can change. It decides between two tokens of one
//! checkpoint: the first one stays, and whoever comes later takes it over.

use cloud::bucket::{Bucket, BucketError, NotAnObjectPath, ObjectPath};
use store::log::Published;
use timestamp::{Demands, Token};

use crate::anchorer::{Anchorer, Stamped};
use crate::error::AnchorError;

impl Anchorer {
    /// Writes the copies and answers with the token that is in the bucket. A crash in between leaves a note without a token.
    pub async fn copy(&self, checkpoint: &Published, stamped: Stamped) -> Result<Stamped, AnchorError> {
        let note = path(checkpoint, "checkpoint")?;
        if let Some(there) = create(&self.bucket, &note, checkpoint.note.as_bytes()).await?
            && there != checkpoint.note.as_bytes()
        {
            return Err(AnchorError::OtherBytes(note));
        }
        let token = path(checkpoint, "token.der")?;
        match create(&self.bucket, &token, stamped.token.as_der()).await? {
            None => Ok(stamped),
            Some(there) => self.believe(checkpoint, &token, there),
        }
    }

    /// The token that is in the bucket already.
    pub(crate) async fn find_copy(&self, checkpoint: &Published) -> Result<Option<Stamped>, AnchorError> {
        let path = path(checkpoint, "token.der")?;
        let there = self.bucket.get(&path).await?;
        there.map(|object| self.believe(checkpoint, &path, object.bytes)).transpose()
    }

    fn believe(&self, checkpoint: &Published, path: &ObjectPath, bytes: Vec<u8>) -> Result<Stamped, AnchorError> {
        let token = Token::from_der(bytes);
        let demands = Demands { nonce: None, policy: self.authority.policy };
        match token.verify(checkpoint.note.as_bytes(), &demands, &self.authority.roots) {
            Ok(stamp) => Ok(Stamped { token, time: stamp.time }),
            Err(_) => Err(AnchorError::OtherBytes(path.clone())),
        }
    }
}

/// `log/<number>/anchors/<size>/<name>`.
fn path(checkpoint: &Published, name: &str) -> Result<ObjectPath, NotAnObjectPath> {
    format!("log/{}/anchors/{}/{name}", checkpoint.origin.parts().number, checkpoint.size).parse()
}

/// Creates an object, or answers with what is there already.
async fn create(bucket: &Bucket, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Vec<u8>>, AnchorError> {
    match bucket.create(path, bytes.to_vec()).await {
        Ok(_) => Ok(None),
        Err(BucketError::Exists) => match bucket.get(path).await? {
            Some(object) => Ok(Some(object.bytes)),
            None => Err(AnchorError::OtherBytes(path.clone())),
        },
        Err(error) => Err(error.into()),
    }
}
