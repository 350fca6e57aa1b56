//! What is dropped: files, and folders of files, as `perf record --threads` writes one.

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DataTransfer, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

/// A thing that was dropped.
struct Dropped {
    /// Of a folder it can be had, but not read.
    file: File,
    folder: Option<FileSystemDirectoryEntry>,
}

/// Gives the files that were dropped to `take`, those in folders too, but not those in folders within them.
pub(super) fn files(data: &DataTransfer, take: impl FnOnce(Vec<File>) + 'static) {
    // Once the event is over, the items are no longer there.
    let items = data.items();
    let dropped: Vec<Dropped> = (0..items.length())
        .filter_map(|at| {
            let item = items.get(at)?;
            let entry = item.webkit_get_as_entry().ok().flatten().filter(FileSystemEntry::is_directory);
            let file = item.get_as_file().ok().flatten()?;
            Some(Dropped { file, folder: entry.map(JsCast::unchecked_into) })
        })
        .collect();
    if dropped.iter().all(|one| one.folder.is_none()) {
        return take(dropped.into_iter().map(|one| one.file).collect());
    }
    spawn_local(async move {
        let mut files = Vec::new();
        for Dropped { file, folder } in dropped {
            let inside = match folder {
                Some(folder) => inside(&folder).await.unwrap_or_default(),
                None => Vec::new(),
            };
            // Of an empty folder it is said that it can't be read.
            if inside.is_empty() { files.push(file) } else { files.extend(inside) }
        }
        take(files);
    });
}

async fn inside(folder: &FileSystemDirectoryEntry) -> Result<Vec<File>, JsValue> {
    let reader = folder.create_reader();
    let mut files = Vec::new();
    loop {
        // Each call gives some more, the last one none.
        let entries = Promise::new(&mut |take, refuse| {
            if let Err(error) = reader.read_entries_with_callback_and_callback(&take, &refuse) {
                let _ = refuse.call1(&JsValue::NULL, &error);
            }
        });
        let entries: Array = JsFuture::from(entries).await?.unchecked_into();
        if entries.length() == 0 {
            return Ok(files);
        }
        for entry in entries.iter() {
            let entry: FileSystemFileEntry = entry.unchecked_into();
            if entry.is_file() && !entry.name().starts_with('.') {
                let file =
                    Promise::new(&mut |take, refuse| entry.file_with_callback_and_callback(&take, &refuse));
                files.push(JsFuture::from(file).await?.unchecked_into());
            }
        }
    }
}
