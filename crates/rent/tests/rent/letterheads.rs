//! What mails say of the store is what the catalogue says at that moment.

use api::catalogue::StoreSettings;
use rent::Mail;

use crate::world::{World, order, stories};

stories!(
    a_mail_says_who_sells_and_comes_from_the_stores_sender,
    while_the_catalogue_is_away_mails_say_what_it_said_last,
    a_process_that_never_knew_the_store_sends_its_mails_later,
);

fn say(world: &World, name: &str) {
    *world.films.settings.lock().unwrap() = StoreSettings {
        name: name.to_owned(),
        legal_name: format!("{name} Ltda."),
        address: "Rua do Cinema, 1".to_owned(),
        tax_id: "12.345.678/0001-90".to_owned(),
        contact_email: "ajuda@films.example".to_owned(),
        mail_sender: format!("{name} <loja@films.example>"),
        accent: "#8a1c4a".to_owned(),
        accent_light: "#8a1c4a".to_owned(),
        accent_dark: "#c2819a".to_owned(),
        ..StoreSettings::default()
    };
}

fn last(world: &World) -> Mail {
    world.letterbox.mails().pop().unwrap()
}

async fn a_mail_says_who_sells_and_comes_from_the_stores_sender(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.deliver_mails().await;
    let welcome = last(&world);
    assert!(welcome.sender.contains("Cine Clube") && welcome.sender.contains("<store@films.example>"));
    assert!(
        welcome.body.ends_with("\n\nCine Clube\nhttps://films.example\n"),
        "{}",
        welcome.body
    );
    say(&world, "Belém");
    store.place(&ana, order("k", "rent-1")).await.unwrap();
    store.send_letters().await;
    let receipt = last(&world);
    assert_eq!(receipt.sender, "Belém <loja@films.example>");
    let signature =
        "\n\nBelém\nBelém Ltda.\n12.345.678/0001-90\nRua do Cinema, 1\najuda@films.example\nhttps://films.example\n";
    assert!(receipt.body.ends_with(signature), "{}", receipt.body);
    for said in [
        "Belém Ltda.<br>",
        "bgcolor=\"#8a1c4a\"",
        ".link { color: #c2819a !important; }",
    ] {
        assert!(receipt.html.contains(said), "{said}: {}", receipt.html);
    }
}

async fn while_the_catalogue_is_away_mails_say_what_it_said_last(world: World) {
    let store = world.open();
    store.sign_up("ana").await;
    store.deliver_mails().await;
    say(&world, "Belém");
    world.films.go_down();
    store.sign_up("rui").await;
    store.deliver_mails().await;
    let welcome = last(&world);
    assert_eq!(welcome.to, "rui@example.com");
    assert!(welcome.body.contains("\nCine Clube\n"), "{}", welcome.body);
}

async fn a_process_that_never_knew_the_store_sends_its_mails_later(world: World) {
    let store = world.open();
    world.films.go_down();
    store.sign_up("ana").await;
    store.deliver_mails().await;
    assert_eq!(world.letterbox.mails().len(), 0);
    world.films.come_back();
    say(&world, "Belém");
    world.hours_pass(1);
    store.deliver_mails().await;
    assert_eq!(last(&world).sender, "Belém <loja@films.example>");
    assert_eq!(world.letterbox.mails().len(), 1);
}
