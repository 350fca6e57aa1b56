//! How large an element is, also after the page around it has changed.

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Width and height inside an element's borders and scroll bars, in CSS pixels; `first` until it has been measured.
#[hook]
pub fn use_size(node: &NodeRef, first: (f64, f64)) -> (f64, f64) {
    let size = use_state_eq(|| first);
    {
        let (node, setter) = (node.clone(), size.setter());
        use_effect_with((), move |()| {
            let watched = node.cast::<Element>().and_then(|element| {
                let measured = element.clone();
                // The browser calls it at once, and then whenever the size changes.
                let changed = Closure::<dyn FnMut()>::new(move || {
                    setter.set((f64::from(measured.client_width()), f64::from(measured.client_height())));
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
