//! Makes sure that the web app's folder is there, so that Cargo can watch it: a build without the web app embeds the
//! placeholder page, and the next build after the web app was made takes it in.

const WEB_APP: &str = "../../web/dist";

fn main() {
    println!("cargo:rerun-if-changed={WEB_APP}");
    if std::fs::create_dir_all(WEB_APP).is_err() {
        println!("cargo:warning={WEB_APP} cannot be made; the gateway is built without the web app");
    }
}
