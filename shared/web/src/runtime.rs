//! Starting a function: what binds it to its region is read from the environment and checked before it serves.
//!
//! A function's `start` asks for exactly what it uses, so that a binary without signing code has no key to sign with:
//!
//! ```ignore
//! pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
//!     let mut start = Start::read(environment);
//!     let store = start.store().await;
//!     let receipts = start.receipts().await;
//!     start.finish(|settings| Some(endpoints().select(&settings.routes, State { store: store?, receipts: receipts? })))
//! }
//! ```

mod google;
mod task_queue;
mod topics;

use std::num::NonZeroU32;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cloud::bucket::{self, Bucket, BucketAddress};
use cloud::clock::Clock;
use cloud::key_wrapper::{self, KeyWrapper, WrappingKeys};
use cloud::random::Random;
use cloud::secret::{Secret as CloudSecret, SecretAddress};
use cloud::signer::{self, CheckpointKeys, Signer};
use cloud::topic::Drain;
use store::region::{CODE_VERSION, RegionIdentity};
use store::vault::Vault;
use store::{Database, Store};
use truth_kernel::note::NoteSigner;
use truth_kernel::region::LogOrigin;

pub use self::google::EndpointException;
use crate::boot::Binding;
use crate::config::{Environment, Mistakes, Secret, Settings};
use crate::endpoints::Service;
use crate::evidence::{Keyring, VerifierKeys};
use crate::metrics::Metrics;
use crate::serve::{Ready, refuse, serve};
use crate::telemetry;

/// Of every function: the C library's spends an eighth of the writer's time, and musl's more. Without huge pages, which would double what
/// an idle function holds.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A function that is ready to serve.
#[derive(Debug)]
pub struct Function {
    /// What every function is told.
    pub settings: Settings,
    /// Its routes.
    pub service: Service,
    /// Its database, if it has one: what readiness asks.
    pub store: Option<Store>,
    /// The relays that must be drained when it stops.
    pub drains: Vec<Drain>,
    /// The services that it reaches by an endpoint of no region.
    pub exceptions: Vec<EndpointException>,
}

impl Function {
    /// Whether the database answers.
    pub fn ready(&self) -> Ready {
        let store = self.store.clone();
        Ready::when(move || {
            let store = store.clone();
            async move {
                match store {
                    Some(store) => {
                        store.ping().await.inspect_err(|error| tracing::warn!(error = %error, "not ready")).is_ok()
                    }
                    None => true,
                }
            }
        })
    }
}

/// The main of every container: starts, serves until SIGTERM or SIGINT, drains. Mistakes go to standard error, all of them.
pub async fn run(start: impl Future<Output = Result<Function, Mistakes>>) -> ExitCode {
    match start.await {
        Ok(function) => serve_function(function).await,
        Err(mistakes) => refuse(&mistakes),
    }
}

async fn serve_function(function: Function) -> ExitCode {
    let Function { settings, .. } = &function;
    if let Err(mistakes) = telemetry::init(settings.log.clone()) {
        return refuse(&mistakes);
    }
    function.exceptions.iter().for_each(EndpointException::tell);
    let metrics = match Metrics::of(settings) {
        Ok(metrics) => metrics,
        Err(mistakes) => return refuse(&mistakes),
    };
    let ready = function.ready();
    let Function { settings, service, drains, .. } = function;
    let served = serve(&settings, service.into_router(ready, metrics.clone()), metrics.clone()).await;
    for drain in drains {
        drain.drain(PATIENCE).await;
    }
    metrics.stop().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("{}: {error}", settings.host.variable()).into()),
    }
}

/// A function that is starting.
#[derive(Debug)]
pub struct Start {
    environment: Environment,
    settings: Option<Settings>,
    store: Option<Store>,
    identity: Option<RegionIdentity>,
    drains: Vec<Drain>,
    exceptions: Vec<EndpointException>,
}

impl Start {
    /// Reads the settings that every function has.
    pub fn read(mut environment: Environment) -> Self {
        let settings = Settings::read(&mut environment);
        Self { environment, settings, store: None, identity: None, drains: Vec::new(), exceptions: Vec::new() }
    }

    /// The settings that every function has.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref()
    }

    /// `DATABASE_URL`: the region's database, by the function's own role. Refused when the schema excludes this code or the database
    /// serves another region.
    pub async fn store(&mut self) -> Option<Store> {
        let url = self.environment.required("DATABASE_URL");
        let store = Store::open(self.database("DATABASE_URL", url, "DATABASE_CONNECTIONS")?);
        let identity = match bound(&store, self.settings.as_ref()?).await {
            Ok(identity) => identity,
            Err(mistakes) => return self.environment.take(Err(mistakes)),
        };
        self.identity = Some(identity);
        self.store = Some(store.clone());
        Some(store)
    }

    /// The store as [`Start::store`] has it, with the replica of `READ_DATABASE_URL` if that is set: what is sealed is read there, by as
    /// many connections as `READ_DATABASE_CONNECTIONS` says. Refused when it is a copy of another database; one that cannot be used now
    /// is no reason not to start.
    pub async fn store_with_replica(&mut self) -> Option<Store> {
        let url = self.environment.optional("READ_DATABASE_URL");
        let is_set = url.is_some();
        let replica = self.database("READ_DATABASE_URL", url, "READ_DATABASE_CONNECTIONS");
        let store = self.store().await?;
        if !is_set {
            return Some(store);
        }
        let store = store.with_replica(replica?);
        match store.check_replica().await {
            Err(reason) if reason.is_mistake() => {
                self.environment.take(Err(format!("READ_DATABASE_URL: {reason}").into()))
            }
            // Whoever asks it first says so again, when there is a log.
            Ok(()) | Err(_) => Some(store),
        }
    }

    /// The database of a URL. The number of connections is read whether there is a URL or not, so that both mistakes are told.
    fn database(&mut self, name: &str, url: Option<Secret>, connections: &str) -> Option<Database> {
        let connections = self.environment.optional::<NonZeroU32>(connections);
        let database = Database::from_url(url?.reveal());
        let database = database.map_err(|_| Mistakes::from(format!("{name} is not a postgres:// URL")));
        let database = self.environment.take(database)?;
        Some(match connections {
            Some(number) => database.connections(number.get()),
            None => database,
        })
    }

    /// Where the database is; after [`Start::store`].
    pub fn identity(&self) -> Option<&RegionIdentity> {
        self.identity.as_ref()
    }

    /// `WRAPPING_KEYS`: what wraps the generation keys; a folder, or a key in Cloud KMS. Refused when the key belongs to another region.
    pub fn wrapper(&mut self) -> Option<KeyWrapper> {
        let folder = match self.environment.required::<WrappingKeys>("WRAPPING_KEYS")? {
            WrappingKeys::Folder(folder) => folder,
            WrappingKeys::Kms(key) => return self.kms_wrapper(key),
        };
        // A folder that is made now would hold none of the keys that the region's bodies are sealed under.
        if !folder.is_dir() {
            let mistake = format!("WRAPPING_KEYS: {} is no folder", folder.display());
            return self.environment.take(Err(mistake.into()));
        }
        let opened = key_wrapper::Folder::open(&folder, Random::system()).map(KeyWrapper::Folder);
        self.environment.take(opened.map_err(|error| format!("WRAPPING_KEYS: {error}").into()))
    }

    /// A vault over the store and the wrapping keys; after [`Start::store`].
    pub fn vault(&mut self) -> Option<Vault> {
        let wrapper = self.wrapper();
        Some(Vault::new(self.store.clone()?, wrapper?))
    }

    /// `RECEIPT_KEY`: the region's receipt key; a file, or a secret in Secret Manager. Refused when the secret lies in another region. After
    /// [`Start::store`].
    pub async fn receipts(&mut self) -> Option<Arc<NoteSigner>> {
        let secret = match self.environment.required::<SecretAddress>("RECEIPT_KEY")? {
            SecretAddress::File(path) => CloudSecret::File(path),
            SecretAddress::SecretManager(name) => self.managed_secret(name)?,
        };
        let identity = self.identity.as_ref()?;
        let name = format!("{}/{}/receipts", identity.domain, identity.serving);
        let key = signer::from_secret(&secret, &name).await.map(Arc::new);
        self.environment.take(key.map_err(|error| format!("RECEIPT_KEY: {error}").into()))
    }

    /// `CHECKPOINT_KEYS`: a key for each log of the database; a folder with files `<number>.key`, or words `<number>=projects/…` with key
    /// versions in Cloud KMS. Refused when a key belongs to another region. After [`Start::store`].
    pub async fn checkpoint_keys(&mut self) -> Option<Vec<(LogOrigin, Signer)>> {
        let keys = self.environment.required::<CheckpointKeys>("CHECKPOINT_KEYS");
        let origins = self.log_origins().await?;
        match keys? {
            CheckpointKeys::Folder(folder) => {
                let keys = origins.into_iter().map(|origin| signer_in(&folder, origin));
                self.environment.take(keys.collect::<Result<_, Mistakes>>())
            }
            CheckpointKeys::Kms(keys) => {
                let key = |origin: LogOrigin| match keys.get(origin.parts().number) {
                    Some(key) => Ok((origin, key.clone())),
                    None => Err(format!("CHECKPOINT_KEYS: there is no key of {origin}").into()),
                };
                let keys = self.environment.take(origins.into_iter().map(key).collect::<Result<_, Mistakes>>())?;
                self.kms_signers(keys).await
            }
        }
    }

    /// The logs of the database; after [`Start::store`].
    pub async fn log_origins(&mut self) -> Option<Vec<LogOrigin>> {
        let logs = match self.store.as_ref()?.begin_system().await {
            Ok(mut tx) => tx.logs().all().await,
            Err(error) => Err(error),
        };
        let logs = logs.map_err(|error| Mistakes::from(format!("DATABASE_URL: {error}")));
        Some(self.environment.take(logs)?.into_iter().map(|log| log.origin).collect())
    }

    /// `BUCKET`: the region's public bucket, a folder or `gs://<name>`. Refused when it lies in another region, or in several.
    pub async fn bucket(&mut self) -> Option<Bucket> {
        self.bucket_named("BUCKET").await
    }

    /// `ANCHOR_BUCKET`: the region's bucket whose objects nobody can change or delete before their time, a folder or `gs://<name>`. Refused
    /// when it lies in another region, or in several.
    pub async fn anchor_bucket(&mut self) -> Option<Bucket> {
        self.bucket_named("ANCHOR_BUCKET").await
    }

    async fn bucket_named(&mut self, variable: &'static str) -> Option<Bucket> {
        let bucket = match self.environment.required::<BucketAddress>(variable)? {
            BucketAddress::CloudStorage(name) => self.cloud_storage(variable, name)?,
            BucketAddress::Folder(folder) => {
                let opened = bucket::Folder::open(&folder, Clock::System).map(Bucket::Folder);
                self.environment.take(opened.map_err(|error| format!("{variable}: {error}").into()))?
            }
        };
        let location = bucket.location().await.map_err(|error| format!("{variable}: {error}").into());
        let location = self.environment.take(location)?;
        let bound = Binding::of(&self.settings.as_ref()?.region).bucket(&location).check();
        self.environment.take(bound.map(|()| bucket))
    }

    /// `LOG_KEYS`: the published keys of the logs, one a word, at least one for each log of the database; and the receipt key. After
    /// [`Start::store`].
    pub async fn keyring(&mut self) -> Option<Keyring> {
        let keys = self.environment.required::<VerifierKeys>("LOG_KEYS");
        let (receipts, origins) = (self.receipts().await, self.log_origins().await);
        let (keys, receipts, origins) = (keys?.0, receipts?, origins?);
        let mut mistakes = Mistakes::default();
        for origin in origins.iter().filter(|origin| keys.iter().all(|key| key.name() != origin.as_str())) {
            mistakes.add(format!("LOG_KEYS has no key of {origin}"));
        }
        self.environment.take(mistakes.or(Keyring::new(keys, receipts)))
    }

    /// A variable of the function's own that must be there.
    pub fn required<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        self.environment.required(name)
    }

    /// Takes over the mistakes of what a function reads by itself; its value if it has none.
    pub fn take<T>(&mut self, outcome: Result<T, Mistakes>) -> Option<T> {
        self.environment.take(outcome)
    }

    /// A variable of the function's own that may be missing.
    pub fn optional<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        self.environment.optional(name)
    }

    /// The function, or every mistake at once.
    pub fn finish(
        self,
        build: impl FnOnce(&Settings) -> Option<Result<Service, Mistakes>>,
    ) -> Result<Function, Mistakes> {
        let Self { environment, settings, store, drains, exceptions, .. } = self;
        let service = settings.as_ref().and_then(build);
        let (settings, service) = environment.finish(|| Some((settings?, service?)))?;
        Ok(Function { settings, service: service?, store, drains, exceptions })
    }
}

/// A log's signing key as the file `<number>.key` of a folder.
fn signer_in(folder: &Path, origin: LogOrigin) -> Result<(LogOrigin, Signer), Mistakes> {
    let file = folder.join(format!("{}.key", origin.parts().number));
    match signer::from_file(&file, origin.as_str()) {
        Ok(key) => Ok((origin, Signer::KeyFile(key))),
        Err(error) => Err(format!("CHECKPOINT_KEYS: {error}").into()),
    }
}

/// How long a function waits at start for its database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Compares the database's stamp and schema with what this code and region are.
async fn bound(store: &Store, settings: &Settings) -> Result<RegionIdentity, Mistakes> {
    let read = async { Ok::<_, store::Error>((store.schema_version().await?, store.region_identity().await?)) };
    let (schema, identity) = tokio::time::timeout(PATIENCE, read)
        .await
        .map_err(|_| "DATABASE_URL: the database does not answer".to_owned())?
        .map_err(|error| format!("DATABASE_URL: {error}"))?;
    let identity = identity
        .ok_or_else(|| "DATABASE_URL: the database has no region_identity: run `proveniq migrate`".to_owned())?;
    if !schema.admits(CODE_VERSION) {
        let range = format!("code {} to {}", schema.oldest_code, schema.version);
        let mend = if CODE_VERSION > schema.version { ": run `proveniq migrate`" } else { ": deploy newer functions" };
        return Err(format!(
            "DATABASE_URL: the schema may be served by {range}, and this is code {CODE_VERSION}{mend}"
        )
        .into());
    }
    Binding::of(&settings.region).database(&identity.serving).check().map(|()| identity)
}
