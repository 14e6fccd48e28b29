//! The device that a browser runs on, named by its User-Agent in words that its owner recognizes. The list of sessions
//! and the player that takes a film over both use these names.

use http::HeaderMap;
use http::header::USER_AGENT;

/// Browsers by a mark that only they have in their User-Agent; each also has the marks of those below it.
const BROWSERS: [(&str, &str); 13] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    // Also finds "HeadlessChrome/".
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
/// The order matters: televisions also say Linux, Amazon's tablets also say Android, and iPhones say "like Mac OS X".
const SYSTEMS: [(&str, &str); 13] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Tizen", "TV"),
    ("Web0S", "TV"),
    ("SMART-TV", "TV"),
    ("SmartTV", "TV"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
    ("X11", "Unix"),
];

pub(crate) fn browser(user_agent: &str) -> Option<&'static str> {
    named(user_agent, &BROWSERS)
}

pub(crate) fn system(user_agent: &str) -> Option<&'static str> {
    named(user_agent, &SYSTEMS)
}

/// Such as `Firefox · Android`; empty if neither the browser nor the system is known.
pub(crate) fn name(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default();
    let parts: Vec<&str> = [browser(agent), system(agent)].into_iter().flatten().collect();
    parts.join(" · ")
}

fn named(user_agent: &str, names: &[(&str, &'static str)]) -> Option<&'static str> {
    let known = names.iter().find(|(mark, _)| user_agent.contains(mark));
    known.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(agent: &str) -> String {
        name(&HeaderMap::from_iter([(USER_AGENT, agent.parse().unwrap())]))
    }

    #[test]
    fn a_browser_has_the_name_that_its_owner_knows() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, device) in [
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/141.0.0.0 Safari/537.36"),
                "Chrome · Linux",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                "Firefox · Linux",
            ),
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} HeadlessChrome/141.0.0.0 Safari/537.36"),
                "Chrome · Linux",
            ),
            (
                format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {webkit} Chrome/141.0.0.0 Safari/537.36"),
                "Chrome · ChromeOS",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/141.0 Safari/537.36 Edg/141.0"),
                "Edge · Windows",
            ),
            (
                format!(
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Chrome/141.0 Safari/537.36 OPR/120.0"
                ),
                "Opera · macOS",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 15) {webkit} Chrome/140.0 Mobile Safari/537.36"),
                "Chrome · Android",
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0".to_owned(),
                "Firefox · Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
                    .to_owned(),
                "Safari · iPhone",
            ),
            (
                format!("Mozilla/5.0 (SMART-TV; LINUX; Tizen 9.0) {webkit} Chrome/120.0 Safari/537.36"),
                "Chrome · TV",
            ),
            (
                format!("Mozilla/5.0 (Web0S; Linux/SmartTV) {webkit} Chrome/108.0 Safari/537.36 WebAppManager"),
                "Chrome · TV",
            ),
            ("curl/8.14.1".to_owned(), "curl"),
        ] {
            assert_eq!(of(&agent), device, "{agent}");
        }
    }

    #[test]
    fn what_is_nothing_that_we_know_has_no_name() {
        assert_eq!(of("something else"), "");
        assert_eq!(name(&HeaderMap::new()), "");
        assert_eq!((browser(""), system("")), (None, None));
    }
}
