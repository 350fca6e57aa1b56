//! How large an element is, also after the page around it has changed.

use std::{cell::RefCell, collections::HashMap};

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

thread_local! {
    /// The size that each kind of element had last. Who comes back to a view sees it as it was, and drawn but once.
    static LAST: RefCell<HashMap<&'static str, (f64, f64)>> = RefCell::default();
}

/// Width and height inside an element's borders and scroll bars, in CSS pixels; until it has been measured, those of the
/// last one of this kind, or `first`.
#[hook]
pub fn use_size(node: &NodeRef, kind: &'static str, first: (f64, f64)) -> (f64, f64) {
    let size = use_state_eq(|| LAST.with_borrow(|last| last.get(kind).copied()).unwrap_or(first));
    {
        let (node, setter) = (node.clone(), size.setter());
        use_effect_with((), move |()| {
            let watched = node.cast::<Element>().and_then(|element| {
                let measured = element.clone();
                // The browser calls it at once, and then whenever the size changes.
                let changed = Closure::<dyn FnMut()>::new(move || {
                    let size = (f64::from(measured.client_width()), f64::from(measured.client_height()));
                    LAST.with_borrow_mut(|last| last.insert(kind, size));
                    setter.set(size);
                });
                let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok()?;
                observer.observe(&element);
                Some((observer, changed))
            });
            move || {
                if let Some((observer, changed)) = watched {
                    observer.disconnect();
                    drop(changed);
                }
            }
        });
    }
    *size
}
