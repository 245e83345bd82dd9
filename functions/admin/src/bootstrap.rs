//! The first operator's key: made once by whoever runs the region's database, before anybody can call the API.

use cloud::clock::Clock;
use cloud::random::Random;
use store::Store;
use store::api_key::NewKey;
use truth_kernel::classification::Mode;
use truth_kernel::id::ApiKeyId;
use truth_kernel::region::Region;
use truth_kernel::time::Timestamp;
use web::api_key::ApiKey;
use web::scope::Scope;

/// 365 days in milliseconds.
const LIFE: i64 = 365 * 24 * 60 * 60 * 1000;

/// Makes an operator's key for the region's system organization, as `fn_admin`; none while the region has no such organization.
pub async fn operator_key(admin: &Store, region: &Region) -> Result<Option<ApiKey>, store::Error> {
    let Some(system) = admin.begin_system().await?.system_organization().await? else { return Ok(None) };
    let now = Clock::System.now();
    let secret = ApiKey::generate(Random::system(), Mode::Live, region);
    let key = NewKey {
        id: ApiKeyId::from_parts(now.millis().unsigned_abs(), Random::system().bytes()),
        mode: Mode::Live,
        secret_sha256: secret.hash(),
        name: "operator".to_owned(),
        scopes: Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect(),
        region: region.clone(),
        expires: Timestamp::from_millis(now.millis() + LIFE),
    };
    let mut tx = admin.begin(system).await?;
    tx.create_key(&key).await?;
    tx.commit().await?;
    Ok(Some(secret))
}
