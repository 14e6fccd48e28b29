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
    /// 0 is "no bound".
    pub(crate) available_from_us: i64,
    pub(crate) available_until_us: i64,
    /// Whether the title has a film to play.
    pub(crate) playable: bool,
}

impl Offer {
    /// The line of an order for this offer, if it can be ordered now at the price that the customer saw.
    pub(crate) fn line(self, item: &OrderItem, now_us: i64) -> Result<OrderLine> {
        if !self.is_available(now_us) {
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

    fn is_available(&self, now_us: i64) -> bool {
        let ended = self.available_until_us != 0 && self.available_until_us <= now_us;
        self.available_from_us <= now_us && !ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{item, offer};

    #[test]
    fn an_offer_can_be_ordered_from_its_first_moment_until_its_end() {
        let offer = Offer {
            available_from_us: 10,
            available_until_us: 20,
            ..offer()
        };
        for (now_us, available) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(offer.clone().line(&item(), now_us).is_ok(), available, "{now_us}");
        }
    }

    #[test]
    fn an_offer_without_bounds_can_always_be_ordered() {
        assert!(offer().line(&item(), 0).is_ok());
        assert!(offer().line(&item(), i64::MAX).is_ok());
    }

    #[test]
    fn an_offer_whose_title_has_no_film_cannot_be_ordered() {
        let offer = Offer {
            playable: false,
            ..offer()
        };
        assert!(matches!(offer.line(&item(), 0), Err(Fault::NotPlayable { .. })));
    }

    #[test]
    fn another_price_than_the_customer_saw_is_refused_with_the_new_one() {
        for minor in [1489, 1491] {
            let price = Money::parse(minor, "BRL").unwrap();
            let refused = offer().line(&OrderItem { price, ..item() }, 0);
            assert!(matches!(refused, Err(Fault::PriceChanged { price, .. }) if price.minor() == 1490));
        }
        let price = Money::parse(1490, "USD").unwrap();
        assert!(offer().line(&OrderItem { price, ..item() }, 0).is_err());
    }
}
