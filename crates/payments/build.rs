//! The migrations are compiled into the binary, so a change of them rebuilds the crate.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
