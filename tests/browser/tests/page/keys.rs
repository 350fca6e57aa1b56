//! What the keyboard reaches.

use kmemscope_browser_tests::{Inputs, Page, visit};

use crate::{hook, wait_until_read};

async fn focus_is_in(page: &Page, selector: &str) -> bool {
    page.becomes(&format!("document.activeElement.closest({selector:?}) != null")).await
}

#[test]
fn the_list_of_keys_keeps_the_focus_until_it_closes() {
    const TAB: &str = "\u{e004}";
    const ESCAPE: &str = "\u{e00c}";
    let inputs = Inputs::of("6.1-1cpu-tiny");
    visit(async |page| {
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        let (tab, list) = (hook("tab-callsites"), hook("keys"));
        page.click(&tab).await;
        page.type_into_focus("?").await;
        assert!(focus_is_in(page, &list).await);
        page.type_into_focus(TAB).await;
        page.type_into_focus(TAB).await;
        assert!(!focus_is_in_now(page, "nav").await, "the focus has left the list");
        page.type_into_focus(ESCAPE).await;
        page.wait_until_gone(&list).await;
        assert!(focus_is_in(page, &tab).await);

        page.type_into_focus("?").await;
        page.click(&format!("{list} button")).await;
        page.wait_until_gone(&list).await;
        page.type_into_focus("/").await;
        assert!(focus_is_in(page, "#filter").await);
    });
}

async fn focus_is_in_now(page: &Page, selector: &str) -> bool {
    page.eval(&format!("return document.activeElement.closest({selector:?}) != null")).await
}

#[test]
fn what_is_typed_stays_while_the_page_changes() {
    let inputs = Inputs::of("6.1-1cpu-tiny");
    visit(async |page| {
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        let typed = |name: &str, text: &str| {
            let field = hook(name);
            format!(
                "{{ const field = document.querySelector({field:?}); field.value = {text:?};
                    field.dispatchEvent(new InputEvent('input', {{ bubbles: true }})); }}"
            )
        };
        let both: String = [typed("filter", "kfree"), typed("time", "1,9")].concat();
        let click = format!("document.querySelector({:?}).click();", hook("exact"));
        page.eval::<()>(&format!("{both} {click}")).await;
        page.wait_until("location.hash.includes('filter=kfree')").await;
        let address = page.address().await;
        assert!(address.contains("exact") && address.contains("time=1,9"), "{address}");
        let values: Vec<String> = page
            .eval("return [...document.querySelectorAll('#filter, .filter .time')].map(field => field.value)")
            .await;
        assert_eq!(values, ["kfree", "1,9"]);
    });
}
