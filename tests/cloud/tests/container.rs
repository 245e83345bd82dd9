//! The image of a function: built without a daemon from `functions/Containerfile`, and run.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "container/image.rs"]
mod image;
#[path = "container/mount.rs"]
mod mount;
#[path = "container/process.rs"]
mod process;

use private_postgres::skip;
use test_support::TestRegion;

use crate::image::Images;
use crate::mount::Mount;
use crate::process::Asked;

/// The one that links most.
const FUNCTION: &str = "ledger-writer";

#[tokio::test(flavor = "multi_thread")]
async fn a_function_serves_from_an_image_that_holds_nothing_else_and_not_as_root() {
    const NAME: &str = "a_function_serves_from_an_image_that_holds_nothing_else_and_not_as_root";
    if let Some(tool) = image::missing(FUNCTION) {
        return skip(NAME, tool);
    }
    let images = Images::new();
    images.build(FUNCTION);
    assert_eq!(images.of_config(FUNCTION, "{{.OCIv1.Config.User}}"), "65532:65532");
    assert_eq!(images.of_config(FUNCTION, "{{.OCIv1.Config.Entrypoint}}"), "[/function]");
    assert_eq!(images.files(FUNCTION), ["/etc/ssl/certs/ca-certificates.crt", "/function"]);

    let (region, mount) = (TestRegion::new().await, Mount::new());
    let environment = mount.environment(&region, "fn_ledger_writer").await;
    let mut running = images.run(FUNCTION, &mount.path(), &environment);
    assert_eq!(running.ask("/ready").await, Asked { status: 200, body: "ready".to_owned() });
    let function = running.function();
    assert_eq!((function.user, function.is_static), (65532, true));
    assert_eq!(running.stop(function), Some(0), "it ends in good order");
}
