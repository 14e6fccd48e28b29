//! Members of staff: the operator adds, lists and removes them.

use store::write_tx;

use crate::account::Accounts;
use crate::account::revoke::{Scope, revoke};
use crate::customer::store::customers;
use crate::customer::{Customer, Email};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::security;

impl Accounts {
    /// Makes the customer with this address a member of staff. The address must be verified: otherwise a stranger might
    /// have opened an account with it, and would become staff.
    pub(crate) async fn make_staff(&self, email: &str, context: &rpc::Context) -> Result<Customer> {
        let email = Email::parse(email)?;
        let customer = write_tx!(self.db, |tx| -> Result<Customer> {
            let found = customers::find_by_email(&mut *tx, &email).await?;
            let (customer, _) = found.ok_or(Fault::CustomerNotFound)?;
            if !customer.email_verified {
                return Err(Fault::EmailNotVerified);
            }
            customers::write_staff(tx, customer.id, true).await?;
            Ok(Customer {
                staff: true,
                ..customer
            })
        })?;
        security::staff_added(customer.id, context);
        Ok(customer)
    }

    /// Makes a member of staff a customer again. Every session ends, because an identity says for up to a minute that its owner
    /// is staff.
    pub(crate) async fn remove_staff(&self, email: &str, context: &rpc::Context) -> Result<Customer> {
        let email = Email::parse(email)?;
        let (customer, ended) = write_tx!(self.db, |tx| -> Result<(Customer, Vec<String>)> {
            let found = customers::find_by_email(&mut *tx, &email).await?;
            let (customer, _) = found.ok_or(Fault::CustomerNotFound)?;
            if !customer.staff {
                return Ok((customer, Vec::new()));
            }
            customers::write_staff(tx, customer.id, false).await?;
            let ended = revoke(tx, customer.id, Scope::All, self.clock.now_us()).await?;
            Ok((
                Customer {
                    staff: false,
                    ..customer
                },
                ended,
            ))
        })?;
        self.revocations.end(&ended);
        security::staff_removed(customer.id, context);
        Ok(customer)
    }

    /// A page of the members of staff, the oldest account first.
    pub(crate) async fn staff(&self, after: Option<(i64, CustomerId)>, limit: i64) -> Result<Vec<Customer>> {
        Ok(customers::list_staff(&self.db, after, limit).await?)
    }
}
