//! chromedriver, and the browser it starts.

use std::{
    env,
    ffi::OsString,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::json;
use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, WebDriver,
    common::capabilities::desiredcapabilities::CapabilitiesHelper,
};

/// Needed to run headless, as root, in a container; the rest keeps the browser from talking to its maker.
const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    // Whatever else the page asked for would fail, and be seen in the console.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// A running chromedriver; it ends with this value.
pub(crate) struct Chromedriver {
    process: Child,
    address: SocketAddr,
}

impl Chromedriver {
    pub(crate) fn start() -> Chromedriver {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| OsString::from("chromedriver"));
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be run: {error}", program.display()));
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
            })
            .expect("chromedriver says its port");
        // It must never wait for someone to read what it says.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Chromedriver { process, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    pub(crate) async fn browser(&self) -> WebDriver {
        let mut wanted = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            wanted.add_arg(argument).expect("an argument is a text");
        }
        if let Some(browser) = env::var_os("CHROMIUM") {
            wanted.set_binary(&browser.to_string_lossy()).expect("a path is a text");
        }
        wanted
            .set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" }))
            .expect("preferences are JSON");
        WebDriver::new(format!("http://{}", self.address), wanted)
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}"))
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
