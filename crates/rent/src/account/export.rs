//! Everything that is stored about a customer, part by part; a part holds at most one page of a list.

use futures::{Stream, stream};
use store::Db;
use uuid::Uuid;

use crate::account::store::mail_tokens;
use crate::customer::Customer;
use crate::customer::session::DeviceSession;
use crate::customer::store::customers;
use crate::customer::store::sessions;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, TitleId};
use crate::library::entitlement::Entitlement;
use crate::library::store::entitlements;
use crate::library::store::watchlist;
use crate::mail::message::LinkMail;
use crate::order::Order;
use crate::order::store::orders;
use crate::playback::store::playbacks;
use crate::playback::store::playbacks::Past;

/// The most rows of a part.
const ROWS: i64 = 100;
/// For lists that have limits of their own, below this one.
const WHOLE: i64 = 10_000;

/// A part of what is stored about a customer.
pub(crate) enum Part {
    Customer(Box<Customer>),
    Sessions(Vec<DeviceSession>),
    /// The mails with links: what each was about, and when it was sent.
    Mails(Vec<(LinkMail, i64)>),
    Watchlist(Vec<TitleId>),
    Playbacks(Vec<Past>),
    Orders(Vec<Order>),
    Entitlements(Vec<Entitlement>),
}

/// The next part, and the row after which it begins.
#[derive(Clone, Copy)]
enum Next {
    Customer,
    Sessions,
    Mails,
    Watchlist,
    Playbacks,
    Orders(Option<(i64, Uuid)>),
    Entitlements(Option<(i64, Uuid)>),
    Nothing,
}

/// Reads the parts one by one, as the stream is polled.
pub(crate) fn parts(db: Db, customer: CustomerId) -> impl Stream<Item = Result<Part>> + Send {
    stream::try_unfold((db, Next::Customer), move |(db, next)| async move {
        let read = read(&db, customer, next).await?;
        Ok::<_, Fault>(read.map(|(part, next)| (part, (db, next))))
    })
}

async fn read(db: &Db, customer: CustomerId, next: Next) -> Result<Option<(Part, Next)>> {
    Ok(Some(match next {
        Next::Customer => {
            let found = customers::find(db, customer).await?.ok_or(Fault::SignedOut)?;
            (Part::Customer(Box::new(found)), Next::Sessions)
        }
        Next::Sessions => (
            Part::Sessions(sessions::list(db, customer, i64::MIN).await?),
            Next::Mails,
        ),
        Next::Mails => (
            Part::Mails(mail_tokens::list(db, customer, WHOLE).await?),
            Next::Watchlist,
        ),
        Next::Watchlist => (
            Part::Watchlist(watchlist::list(db, customer, WHOLE).await?),
            Next::Playbacks,
        ),
        Next::Playbacks => (
            Part::Playbacks(playbacks::list(db, customer, WHOLE).await?),
            Next::Orders(None),
        ),
        Next::Orders(after) => {
            let page = orders::list(db, customer, after, ROWS).await?;
            let end = page.last().map(|last| (last.created_at_us, last.id.uuid()));
            let next = if is_full(page.len()) {
                Next::Orders(end)
            } else {
                Next::Entitlements(None)
            };
            (Part::Orders(page), next)
        }
        Next::Entitlements(after) => {
            let page = entitlements::list(db, customer, after, ROWS).await?;
            let end = page.last().map(|last| (last.granted_at_us, last.id.uuid()));
            let next = if is_full(page.len()) {
                Next::Entitlements(end)
            } else {
                Next::Nothing
            };
            (Part::Entitlements(page), next)
        }
        Next::Nothing => return Ok(None),
    }))
}

fn is_full(rows: usize) -> bool {
    i64::try_from(rows).is_ok_and(|rows| rows >= ROWS)
}
