//! What the tests against Google Cloud and AWS share: fakes of the wire protocols, and the emulators.
