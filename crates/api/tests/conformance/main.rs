//! One meaning over every carrier: the same cases in process, over gRPC, and over REST on HTTP/1.1 and HTTP/2.

#![allow(clippy::unwrap_used, clippy::panic)]

mod carriers;
mod probe;

use std::time::Duration;

use api::Money;
use api::catalogue::{
    GetTitleRequest, MediaObject, OfferKind, SearchTitlesRequest, SetMediaRequest, SetOfferRequest, TitleSort,
};
use carriers::{Carrier, Store};
use rpc::{Authority, Call, Code, Context, Fault};
use tokio::time::Instant;

fn title(title_id: impl Into<String>) -> Call<GetTitleRequest> {
    let title_id = title_id.into();
    Call::new(GetTitleRequest { title_id }, Context::default())
}

#[tokio::test]
async fn path_fields_and_answers_survive_every_carrier() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        for id in ["simple", "with/slash and ?query#hash%20", "ação é 映画"] {
            let answer = catalogue.get_title(title(id)).await.unwrap();
            assert_eq!(answer.title_id, id, "{name}");
            assert_eq!(answer.offers[0].kind(), OfferKind::Buy, "{name}");
            assert_eq!(
                answer.offers[0].available_until_us,
                i64::MAX,
                "{name}: 64-bit numbers stay whole"
            );
        }
    }
}

#[tokio::test]
async fn queries_repeat_fields_and_name_enums() {
    let request = SearchTitlesRequest {
        query: "a&b=c +d".to_owned(),
        genres: vec!["Film Noir".to_owned(), "Comédie".to_owned()],
        decades: vec![1920, 1960],
        offers: vec![OfferKind::Rent.into(), OfferKind::Buy.into()],
        sort: TitleSort::Newest.into(),
        page_size: 7,
        ..SearchTitlesRequest::default()
    };
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        let answer = catalogue
            .search_titles(Call::by_service(request.clone()))
            .await
            .unwrap();
        assert_eq!(answer.next_page_token, format!("{request:?}"), "{name}");
    }
}

#[tokio::test]
async fn bodies_carry_nested_messages_beside_path_fields() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        let price = Money {
            amount_minor: 1490,
            currency_code: "BRL".to_owned(),
        };
        let request = SetOfferRequest {
            title_id: "t/1".to_owned(),
            kind: OfferKind::Rent.into(),
            price: Some(price.clone()),
            ..SetOfferRequest::default()
        };
        let offer = catalogue.set_offer(Call::by_service(request)).await.unwrap();
        assert_eq!(
            (offer.title_id.as_str(), offer.kind(), offer.price),
            ("t/1", OfferKind::Rent, Some(price)),
            "{name}"
        );
        let objects = vec![MediaObject {
            name: "film.mp4".to_owned(),
            size_bytes: 1,
            ..MediaObject::default()
        }];
        let request = SetMediaRequest {
            title_id: "t".to_owned(),
            objects: objects.clone(),
        };
        assert_eq!(
            catalogue.set_media(Call::by_service(request)).await.unwrap().objects,
            objects,
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_fault_arrives_whole() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        for code in probe::CODES {
            let fault = catalogue
                .get_title(title(format!("fault:{}", code.name())))
                .await
                .unwrap_err();
            assert_eq!(fault.code, code, "{name}");
            assert_eq!(fault.reason, "PROBED", "{name}");
            assert_eq!(fault.message, "Ação: a probed fault.", "{name}");
            assert_eq!(fault.fields()[0].field, "title_id", "{name}");
            assert_eq!(fault.metadata("order_id"), Some("7"), "{name}");
            assert_eq!(fault.retry_after(), Some(Duration::from_secs(2)), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_private_stays_in_its_process() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers().skip(1) {
        let fault = catalogue.get_title(title("fault:INTERNAL")).await.unwrap_err();
        assert!(!format!("{fault:?}").contains("secret"), "{name}: {fault:?}");
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_fault_and_the_service_lives_on() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        let fault = catalogue.get_title(title("panic")).await.unwrap_err();
        assert_eq!(fault.code, Code::Internal, "{name}");
        assert!(!fault.message.contains("probed"), "{name}: {}", fault.message);
        assert!(catalogue.get_title(title("next")).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_deadline_ends_the_call_and_its_work() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        let mut call = title("forever");
        call.context.deadline = Some(Instant::now() + Duration::from_millis(50));
        let fault = catalogue.get_title(call).await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
        store.probe.work_stopped().await;
    }
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_work() {
    let store = Store::open().await;
    for Carrier { catalogue, .. } in store.carriers() {
        let call = tokio::spawn(async move { catalogue.get_title(title("forever")).await });
        store.probe.work_started().await;
        call.abort();
        store.probe.work_stopped().await;
    }
}

#[tokio::test]
async fn the_context_travels_with_the_call() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        let mut call = title("context");
        call.context.identity = Some("signed.identity".into());
        call.context.request_id = Some("request-1".into());
        call.context.traceparent = Some("00-trace-span-01".into());
        call.context.deadline = Some(Instant::now() + Duration::from_secs(5));
        catalogue.get_title(call).await.unwrap();
        let seen = store.probe.context();
        assert_eq!(seen.identity.as_deref(), Some("signed.identity"), "{name}");
        assert_eq!(seen.request_id.as_deref(), Some("request-1"), "{name}");
        assert_eq!(seen.traceparent.as_deref(), Some("00-trace-span-01"), "{name}");
        assert!(seen.time_left() <= Duration::from_secs(5), "{name}");
        assert_eq!(seen.authority, Authority::None, "{name}");
    }
}

#[tokio::test]
async fn the_stores_name_needs_the_token_over_the_network_and_nothing_in_the_folder() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        catalogue
            .get_title(Call::by_service(title("context").message))
            .await
            .unwrap();
        assert_eq!(store.probe.context().authority, Authority::Service, "{name}");
    }
    for Carrier { name, catalogue } in store.carriers_without_token() {
        catalogue
            .get_title(Call::by_service(title("context").message))
            .await
            .unwrap();
        assert_eq!(store.probe.context().authority, Authority::None, "{name}");
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_in_both_directions() {
    let store = Store::open().await;
    for Carrier { name, catalogue } in store.carriers() {
        let fault = catalogue.get_title(title("large")).await.unwrap_err();
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
            "{name}"
        );
        let mut request = SetMediaRequest {
            title_id: "t".to_owned(),
            objects: Vec::new(),
        };
        let location = "x".repeat(rpc::MESSAGE_LIMIT_BYTES);
        request.objects.push(MediaObject {
            location,
            ..MediaObject::default()
        });
        let fault: Fault = catalogue.set_media(Call::by_service(request)).await.unwrap_err();
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
            "{name}"
        );
        assert!(catalogue.get_title(title("next")).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    for Carrier { name, catalogue } in carriers::to_nobody() {
        let fault = catalogue.get_title(title("x")).await.unwrap_err();
        assert_eq!(fault.code, Code::Unavailable, "{name}: {fault:?}");
    }
}
