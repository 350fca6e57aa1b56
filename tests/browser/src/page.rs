use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{By, Key, WebDriver, WebElement};

use crate::site::Site;

/// How long the page may take for anything; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// Width and height of what the page is shown in, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u32, pub u32);

/// What the user prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// The page in a browser. Every method panics with what it waited for and what there was instead.
pub struct Page {
    browser: WebDriver,
    site: Site,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page").field("url", &self.site.url()).finish_non_exhaustive()
    }
}

impl Page {
    pub(crate) fn new(browser: WebDriver, site: Site) -> Page {
        Page { browser, site }
    }

    /// Opens the page afresh; `query` is what follows its address, such as `?sort=hit`.
    pub async fn open(&self, query: &str) {
        let url = format!("{}{query}", self.site.url());
        self.browser.goto(url).await.expect("the page loads");
    }

    /// Everything the browser knows to do.
    #[must_use]
    pub fn browser(&self) -> &WebDriver {
        &self.browser
    }

    /// Drops files from the disk onto the middle of the page, as a user does who drags them from a file manager.
    pub async fn drop_files(&self, files: &[PathBuf]) {
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        let (x, y): (f64, f64) = self.eval("return [innerWidth / 2, innerHeight / 2]").await;
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": x, "y": y, "data": data });
            self.devtools("Input.dispatchDragEvent", event).await;
        }
    }

    /// Waits for an element; several may be there, this is the first.
    pub async fn wait_for(&self, selector: &str) -> WebElement {
        let start = Instant::now();
        loop {
            if let Ok(element) = self.browser.find(By::Css(selector)).await {
                return element;
            }
            if start.elapsed() > PATIENCE {
                panic!("nothing matches `{selector}`; the page says: {}", self.text("body").await);
            }
            self.pause().await;
        }
    }

    /// Waits until no element is there any more.
    pub async fn wait_until_gone(&self, selector: &str) {
        let count = format!("document.querySelectorAll({}).length === 0", json!(selector));
        self.wait_until(&count).await;
    }

    /// Waits until an element's text has a part; gives the whole text.
    pub async fn wait_for_text(&self, selector: &str, part: &str) -> String {
        let start = Instant::now();
        loop {
            let text = self.text(selector).await;
            if text.contains(part) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "`{selector}` never says {part:?}, but: {text}");
            self.pause().await;
        }
    }

    /// Waits until a condition, in JavaScript, holds.
    pub async fn wait_until(&self, condition: &str) {
        if !self.becomes(condition).await {
            panic!("never true: {condition}; the page says: {}", self.text("body").await);
        }
    }

    /// Whether a condition, in JavaScript, comes to hold.
    pub async fn becomes(&self, condition: &str) -> bool {
        let start = Instant::now();
        loop {
            if self.eval::<bool>(&format!("return !!({condition})")).await {
                return true;
            }
            if start.elapsed() > PATIENCE {
                return false;
            }
            self.pause().await;
        }
    }

    /// Lets the page go on for a moment.
    pub async fn pause(&self) {
        tokio::time::sleep(PAUSE).await;
    }

    /// The address that is shown, with all that the page put into it.
    pub async fn address(&self) -> String {
        self.eval("return location.href").await
    }

    /// The text of the first element that matches, as it is shown; empty if there is none.
    pub async fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({})?.innerText ?? ''", json!(selector));
        self.eval(&script).await
    }

    /// The texts of all elements that match.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({})].map(element => element.innerText)",
            json!(selector)
        );
        self.eval(&script).await
    }

    /// Clicks with the mouse, once the element is there.
    pub async fn click(&self, selector: &str) {
        let element = self.wait_for(selector).await;
        if let Err(error) = element.click().await {
            panic!("`{selector}` cannot be clicked: {error}");
        }
    }

    /// Clicks with the shift key held down.
    pub async fn shift_click(&self, selector: &str) {
        let element = self.wait_for(selector).await;
        let actions =
            self.browser.action_chain().key_down(Key::Shift).click_element(&element).key_up(Key::Shift);
        if let Err(error) = actions.perform().await {
            panic!("`{selector}` cannot be clicked with shift: {error}");
        }
    }

    /// Types into an element in place of what stands there.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.wait_for(selector).await;
        let all = Key::Control + "a";
        for keys in [all, text.into()] {
            if let Err(error) = element.send_keys(keys).await {
                panic!("`{selector}` cannot be typed into: {error}");
            }
        }
    }

    /// Types where the focus is.
    pub async fn type_into_focus(&self, keys: &str) {
        let mut actions = self.browser.action_chain();
        for key in keys.chars() {
            actions = actions.key_down(key).key_up(key);
        }
        if let Err(error) = actions.perform().await {
            panic!("{keys:?} cannot be typed: {error}");
        }
    }

    /// What a script returns; it runs as the body of a function in the page.
    pub async fn eval<T: DeserializeOwned>(&self, script: &str) -> T {
        match self.browser.execute(script, Vec::new()).await {
            Ok(value) => value.convert().unwrap_or_else(|error| panic!("{script}: {error}")),
            Err(error) => panic!("{script}: {error}"),
        }
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        match self.browser.cdp().send_raw(method, parameters).await {
            Ok(value) => value,
            Err(error) => panic!("{method}: {error}"),
        }
    }

    /// Gives the page a size and a preference.
    pub async fn appear(&self, Size(width, height): Size, theme: Theme) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let value = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Writes a picture to target/screenshots/NAME.png and says where.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        fs::create_dir_all(&folder).expect("a folder for pictures");
        let folder = folder.canonicalize().expect("the folder is there");
        let path = folder.join(format!("{name}.png"));
        // Two frames, so that what was last changed is drawn.
        self.browser
            .execute_async(
                "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))",
                Vec::new(),
            )
            .await
            .expect("the page draws");
        self.browser.screenshot(&path).await.expect("a picture");
        path
    }

    /// Errors on the console, missing files and requests to other hosts.
    pub(crate) async fn check_manners(&self) {
        let log = self.browser.browser_log().await.expect("a console");
        let errors: Vec<_> =
            log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect();
        assert!(errors.is_empty(), "errors on the console: {errors:#?}");
        let missing = self.site.missing();
        assert!(missing.is_empty(), "the page asks for files that are not there: {missing:?}");
        let elsewhere = self.requests_elsewhere().await;
        assert!(elsewhere.is_empty(), "the page talks to others: {elsewhere:?}");
    }

    /// Addresses of requests that went to any other host than the page's own.
    async fn requests_elsewhere(&self) -> Vec<String> {
        let log = self.browser.get_log("performance").await.expect("a log of requests");
        let own = format!("http://{}/", self.site.host());
        let mut elsewhere = Vec::new();
        for entry in log {
            let entry: Value = serde_json::from_str(&entry.message).expect("an entry is JSON");
            if entry["message"]["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let url = entry["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
            let local = ["data:", "blob:", "about:"].iter().any(|scheme| url.starts_with(scheme));
            if !local && !url.starts_with(&own) {
                elsewhere.push(url.to_owned());
            }
        }
        elsewhere
    }

    /// What one wants to see of a page that failed a test.
    pub(crate) async fn keep_evidence(&self, what: &str) {
        let name: String = what.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        let name = format!("failed-{name}");
        if let Ok(log) = self.browser.browser_log().await {
            for entry in log {
                eprintln!("console: {} {}", entry.level, entry.message);
            }
        }
        let path = self.screenshot(&name).await;
        eprintln!("picture: {}", path.display());
    }

    pub(crate) async fn close(self) {
        // The driver ends anyway.
        let _ = self.browser.quit().await;
    }
}
