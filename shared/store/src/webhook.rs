//! Webhooks: endpoints of an organization, their secrets, and what each was told of which event.

mod attempt;
mod delivery;
mod endpoint;
mod enqueue;
mod secret;

pub use self::attempt::{Claimed, Outcome};
pub use self::delivery::{Delivery, DeliveryFilter, DeliveryStatus, Replay};
pub use self::endpoint::{Endpoint, EndpointStatus};
pub use self::enqueue::{NewDelivery, Overdue, Subscriber};
