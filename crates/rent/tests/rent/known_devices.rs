//! Devices that an account knows, and which get past its limits, until something ends them.

use crate::attempts::{ELSEWHERE, HOME, Try, WRONG};
use crate::revoking::ANOTHER;
use crate::world::{PASSWORD, Shopper, World, stories};

stories!(a_device_is_known_no_longer_after_a_reset_or_a_sign_out_everywhere);

async fn a_device_is_known_no_longer_after_a_reset_or_a_sign_out_everywhere(world: World) {
    let store = world.open();
    for (act, password) in [("reset", ANOTHER), ("everywhere", PASSWORD)] {
        let email = format!("{act}@example.com");
        let opened = store.open_from(HOME, &email).await.unwrap();
        if act == "reset" {
            store.ask_for_reset(&email).await;
            store.deliver_mails().await;
            let token = world.letterbox.token_to(&email, "reset").unwrap();
            store.follow_reset(&token, password).await.unwrap();
        } else {
            store.sign_out_everywhere(&Shopper { token: opened.token }).await;
        }
        let wrong = Try { email: &email, ..WRONG };
        assert_eq!(store.tries_until_refused(ELSEWHERE, &wrong).await, 10);
        let earlier = Try {
            email: &email,
            password,
            device: &opened.device_token,
        };
        let refused = store.try_from(ELSEWHERE, &earlier).await.unwrap_err();
        assert_eq!(refused.reason, "RATE_LIMITED", "{act}");
        // Whoever signs in with the password makes the device known again.
        let again = store.try_from(HOME, &earlier).await.unwrap();
        assert!(!again.device_token.is_empty(), "{act}");
        let known = Try {
            device: &again.device_token,
            ..earlier
        };
        assert!(store.try_from(ELSEWHERE, &known).await.is_ok(), "{act}");
    }
}
