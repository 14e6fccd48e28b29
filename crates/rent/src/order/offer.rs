//! Offers, as the catalogue has them at the moment of an order.

use payments::Money;

use crate::fault::{Fault, Result};
use crate::id::{OfferId, TitleId};
use crate::library::entitlement::Holding;
use crate::order::{OrderItem, OrderLine};

/// A way to get a title.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) id: OfferId,
    pub(crate) title: TitleId,
    pub(crate) title_name: String,
    /// 0 when unknown.
    pub(crate) runtime_minutes: i32,
    pub(crate) price: Money,
    pub(crate) holding: Holding,
    /// Whether it can be bought at this moment.
    pub(crate) is_open: bool,
    /// Whether the title has a film to play.
    pub(crate) playable: bool,
}

impl Offer {
    /// The line of an order for this offer, if it can be ordered at the price that the customer saw.
    pub(crate) fn line(self, item: &OrderItem) -> Result<OrderLine> {
        if !self.is_open {
            return Err(Fault::OfferNotAvailable { offer: self.id });
        }
        if !self.playable {
            return Err(Fault::NotPlayable {
                offer: self.id,
                title: self.title,
            });
        }
        if self.price != item.price {
            return Err(Fault::PriceChanged {
                offer: self.id,
                price: self.price,
            });
        }
        Ok(OrderLine {
            offer: self.id,
            title: self.title,
            title_name: self.title_name,
            runtime_minutes: self.runtime_minutes,
            price: self.price,
            holding: self.holding,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{item, offer};

    #[test]
    fn an_offer_can_be_ordered_while_it_is_open() {
        assert!(offer().line(&item()).is_ok());
        let offer = Offer {
            is_open: false,
            ..offer()
        };
        assert!(matches!(offer.line(&item()), Err(Fault::OfferNotAvailable { .. })));
    }

    #[test]
    fn an_offer_whose_title_has_no_film_cannot_be_ordered() {
        let offer = Offer {
            playable: false,
            ..offer()
        };
        assert!(matches!(offer.line(&item()), Err(Fault::NotPlayable { .. })));
    }

    #[test]
    fn another_price_than_the_customer_saw_is_refused_with_the_new_one() {
        for minor in [1489, 1491] {
            let price = Money::parse(minor, "BRL").unwrap();
            let refused = offer().line(&OrderItem { price, ..item() });
            assert!(matches!(refused, Err(Fault::PriceChanged { price, .. }) if price.minor() == 1490));
        }
        let price = Money::parse(1490, "USD").unwrap();
        assert!(offer().line(&OrderItem { price, ..item() }).is_err());
    }
}
