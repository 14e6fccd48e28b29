//! What a browser runs on, in words that its owner knows it by.

use http::HeaderMap;
use http::header::USER_AGENT;

/// Browsers by what only they say of themselves; each also says the names of those below it.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Tizen", "TV"),
    ("Web0S", "TV"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// Such as `Firefox · Android`; empty for what is no browser that we know.
pub(crate) fn name(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let said = |names: &[(&str, &'static str)]| {
        let mut known = names.iter();
        let found = known.find(|(token, _)| agent.is_some_and(|agent| agent.contains(token)));
        found.map(|(_, name)| *name)
    };
    let parts: Vec<&str> = [said(&BROWSERS), said(&SYSTEMS)].into_iter().flatten().collect();
    parts.join(" · ")
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
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/141.0 Safari/537.36 Edg/141.0"),
                "Edge · Windows",
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
        ] {
            assert_eq!(of(&agent), device);
        }
    }

    #[test]
    fn what_is_no_browser_has_no_name() {
        assert_eq!(of("curl/8.14.1"), "");
        assert_eq!(name(&HeaderMap::new()), "");
    }
}
