//! What the outsiders' pages have in common: plain HTML for one thumb, light and dark, no script.

/// What every page looks like. A page's own style brings the colours: `--ink`, `--soft`, `--line`, `--paper`,
/// `--ground` and `--main`.
const STYLE: &str = "
*{box-sizing:border-box}
body{margin:0;padding:16px;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,'Apple SD Gothic Neo','Noto Sans KR',sans-serif}
main{width:100%;max-width:420px;padding:24px;border-radius:16px;background:var(--paper)}
h1{margin:0 0 4px;font-size:22px}
small,.soft{color:var(--soft)}
fieldset{margin:0 0 16px;padding:0;border:0}
legend{padding:0 0 8px}
label{display:flex;gap:12px;align-items:center;min-height:52px;margin:0 0 8px;padding:8px 16px;
border:1px solid var(--line);border-radius:12px;cursor:pointer;overflow-wrap:anywhere}
label:has(:checked){border-color:var(--main);outline:1px solid var(--main)}
button{display:block;width:100%;min-height:52px;margin:8px 0 0;border:0;border-radius:12px;
background:var(--line);color:var(--ink);font:inherit;font-weight:600;cursor:pointer}
button.main{background:var(--main)}
";

/// A whole page. The title and `main` are HTML already.
pub(super) fn document(title: &str, style: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n<main>\n{main}\n</main>\n</body>\n</html>\n"
    )
}

/// Text as HTML, within an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
