//! The migrations and the layouts of mails are inside the binary; a change of them is a change of the crate.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=src/mail/templates");
}
