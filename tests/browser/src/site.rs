//! A static host: serves a folder below a path of its own, as GitHub Pages does.

use std::{
    fs,
    io::{BufRead, BufReader, Result, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// Where on the host the page lies.
const FOLDER: &str = "/some/where/kmemscope/";

/// A running host; it serves until the process ends.
pub(crate) struct Site {
    address: SocketAddr,
    missing: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) fn serve(root: PathBuf) -> Result<Site> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let missing = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&missing);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (root, missing) = (root.clone(), Arc::clone(&missing));
                // A browser that hangs up is no concern of the host's.
                thread::spawn(move || drop(answer(&connection, &root, &missing)));
            }
        });
        Ok(Site { address, missing: seen })
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}{FOLDER}", self.address)
    }

    /// Paths that were asked for and are not there.
    pub(crate) fn missing(&self) -> Vec<String> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn answer(connection: &TcpStream, root: &Path, missing: &Mutex<Vec<String>>) -> Result<()> {
    let mut request = BufReader::new(connection);
    let mut line = String::new();
    request.read_line(&mut line)?;
    let path = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    while request.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut connection = connection;
    let Some((file, content)) = content(root, &path) else {
        missing.lock().unwrap_or_else(PoisonError::into_inner).push(path);
        return write!(
            connection,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    };
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content_type(&file),
        content.len()
    )?;
    connection.write_all(&content)
}

fn content(root: &Path, path: &str) -> Option<(PathBuf, Vec<u8>)> {
    let path = path.split(['?', '#']).next()?.strip_prefix(FOLDER)?;
    let path = Path::new(if path.is_empty() { "index.html" } else { path });
    if !path.components().all(|component| matches!(component, Component::Normal(_))) {
        return None;
    }
    let file = root.join(path);
    let content = fs::read(&file).ok()?;
    Some((file, content))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
