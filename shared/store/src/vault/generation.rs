//! Wrap generations: the keys that wrap data keys, each wrapped by a key version of its own (DESIGN §4).

use std::sync::Arc;

use cloud::aead::Key;
use cloud::key_wrapper::{KeyVersion, KeyWrapper};
use cloud::random::Random;

use super::Vault;
use crate::database::SystemTx;
use crate::error::{Error, Result};
use crate::row::Columns;

/// Where a wrap generation stands. New data keys need an open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerationState {
    /// Wraps new data keys.
    Open,
    /// Being left: its keys are re-wrapped.
    Closing,
    /// No data key names it any more.
    Empty,
    /// Its key version is gone.
    Destroyed,
}

impl std::str::FromStr for GenerationState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "open" => Ok(Self::Open),
            "closing" => Ok(Self::Closing),
            "empty" => Ok(Self::Empty),
            "destroyed" => Ok(Self::Destroyed),
            _ => Err(()),
        }
    }
}

/// A wrap generation.
#[derive(Clone, Copy, Debug)]
pub struct WrapGeneration {
    /// Its number, from 1.
    pub number: i32,
    /// Where it stands.
    pub state: GenerationState,
}

impl Vault {
    /// The newest open generation and its key.
    pub(super) async fn open_generation(&self) -> Result<(i32, Arc<Key>)> {
        let number: Option<i32> = sqlx::query_scalar("SELECT max(number) FROM wrap_generations WHERE state = 'open'")
            .fetch_one(&self.0.store.pool)
            .await?;
        let number = number.ok_or(Error::NoOpenGeneration)?;
        Ok((number, self.generation_key(number).await?))
    }

    pub(super) async fn generation_key(&self, number: i32) -> Result<Arc<Key>> {
        self.0.generations.get_or_insert_async(&number, self.unwrap_generation(number)).await
    }

    async fn unwrap_generation(&self, number: i32) -> Result<Arc<Key>> {
        let row = sqlx::query(
            "SELECT kms_version, wrapped_key FROM wrap_generations WHERE number = $1 AND state <> 'destroyed'",
        )
        .bind(number)
        .fetch_optional(&self.0.store.pool)
        .await?
        .ok_or(Error::Inconsistent { table: "data_keys", fault: "a key of a generation that is gone" })?;
        let row = Columns::of("wrap_generations", &row);
        let version = key_version(row.get("kms_version")?).ok_or_else(|| row.fault("a key version below 1"))?;
        let key = self.0.wrapper.unwrap(version, &binding(number), row.get("wrapped_key")?).await?;
        Ok(Arc::new(key))
    }
}

impl SystemTx {
    /// Every wrap generation, oldest first.
    pub async fn wrap_generations(&mut self) -> Result<Vec<WrapGeneration>> {
        let rows = sqlx::query("SELECT number, state FROM wrap_generations ORDER BY number")
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter()
            .map(|row| {
                let row = Columns::of("wrap_generations", row);
                Ok(WrapGeneration { number: row.get("number")?, state: row.parsed("state")? })
            })
            .collect()
    }

    /// Opens a new generation under a key version of its own; only the owner of the schema may.
    pub async fn open_wrap_generation(&mut self, number: i32, wrapper: &KeyWrapper) -> Result<()> {
        let version = wrapper.create_version().await?;
        let key = wrapper.wrap(version, &binding(number), &Key::generate(Random::system())).await?;
        sqlx::query(
            "INSERT INTO wrap_generations (number, state, kms_version, wrapped_key) VALUES ($1, 'open', $2, $3)",
        )
        .bind(number)
        .bind(i64::from(version.number()))
        .bind(key)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

fn key_version(number: i64) -> Option<KeyVersion> {
    u32::try_from(number).ok().and_then(KeyVersion::new)
}

fn binding(number: i32) -> Vec<u8> {
    [b"proveniq/v1/generation-key\0".as_slice(), &number.to_be_bytes()].concat()
}
