//! What `svg` and `math` say in plain words, since neither may stay in a text: `½` of MathML is `1/2`.

use super::entities::decode;
use super::html_token::{Token, Tokens};

/// Elements inside each other; deeper ones are read as one row.
const DEPTH: usize = 64;

/// The text of a foreign element, on one line.
pub fn foreign_text(name: &str, markup: &str) -> String {
    match name {
        "math" => Formula::of(markup).trim().to_owned(),
        _ => drawn_text(markup),
    }
}

/// The local name of a tag.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The words that are drawn in a picture; its title and its description are for those who cannot see it.
fn drawn_text(markup: &str) -> String {
    let mut words = String::new();
    let mut is_drawn = false;
    for token in Tokens::of(markup) {
        match token {
            Token::Start(name, _) | Token::End(name) if is_text(name) => {
                is_drawn = matches!(token, Token::Start(..));
                words.push(' ');
            }
            Token::Start(..) => words.push(' '),
            Token::Text(text) if is_drawn => words.push_str(&decode(text)),
            _ => {}
        }
    }
    super::one_line(&words)
}

fn is_text(name: &str) -> bool {
    ["text", "foreignobject"].iter().any(|text| text.eq_ignore_ascii_case(local(name)))
}

/// An element of a formula that is open, and what each of its children says.
struct Open<'a> {
    name: &'a str,
    parts: Vec<String>,
}

/// A formula while it is read.
struct Formula<'a> {
    open: Vec<Open<'a>>,
    /// Open elements that are left out, or lie too deep to be told apart.
    flat: Vec<&'a str>,
}

impl<'a> Formula<'a> {
    fn of(markup: &'a str) -> String {
        let root = Open { name: "mrow", parts: Vec::new() };
        let mut formula = Self { open: vec![root], flat: Vec::new() };
        for token in Tokens::of(markup) {
            match token {
                Token::Start(_, attributes) if attributes.trim_end().ends_with('/') => {}
                Token::Start(name, _) => formula.start(local(name)),
                Token::End(name) => formula.end(local(name)),
                Token::Text(text) if !formula.is_left_out() => {
                    formula.say(super::one_line(&decode(text)))
                }
                _ => {}
            }
        }
        while formula.open.len() > 1 {
            formula.close();
        }
        formula.open.pop().map_or_else(String::new, |root| joined(&root.parts))
    }

    fn is_left_out(&self) -> bool {
        self.flat.iter().any(|name| is_aside(name))
    }

    fn start(&mut self, name: &'a str) {
        if is_aside(name) || !self.flat.is_empty() || self.open.len() >= DEPTH {
            return self.flat.push(name);
        }
        self.open.push(Open { name, parts: Vec::new() });
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.flat.iter().rposition(|open| *open == name) {
            return self.flat.truncate(at);
        }
        let Some(at) = self.open.iter().skip(1).rposition(|open| open.name == name) else { return };
        while self.open.len() > at + 1 {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(Open { name, parts }) = self.open.pop() {
            self.say(said(name, &parts));
        }
    }

    fn say(&mut self, text: String) {
        if let Some(open) = self.open.last_mut().filter(|_| !text.is_empty()) {
            open.parts.push(text);
        }
    }
}

/// Whether an element says again what another one says, or says nothing.
fn is_aside(name: &str) -> bool {
    ["annotation", "annotation-xml", "mphantom"].contains(&name)
}

/// What an element says whose children say this.
fn said(name: &str, parts: &[String]) -> String {
    match (name, parts) {
        ("mfrac", [over, under]) => format!("{}/{}", one(over), one(under)),
        ("msup" | "mover", [base, above]) => format!("{base}{}", raised(above)),
        ("msub" | "munder", [base, below]) => format!("{base}{}", lowered(below)),
        ("msubsup" | "munderover", [base, below, above]) => {
            format!("{base}{}{}", lowered(below), raised(above))
        }
        ("mroot", [base, index]) => format!("{}√{}", raised(index), one(base)),
        ("msqrt", _) => format!("√{}", one(&joined(parts))),
        ("mfenced", _) => format!("({})", parts.join("; ")),
        ("mtr", _) => format!("{};", parts.join(" ")),
        ("mtable", _) => parts.join(" ").trim_end_matches(';').to_owned(),
        _ => joined(parts),
    }
}

/// A row: a fraction stands apart from a number before it.
fn joined(parts: &[String]) -> String {
    let mut row = String::new();
    for part in parts {
        let is_fraction = part.contains('/') && part.starts_with(|c: char| c.is_ascii_digit());
        if is_fraction && row.ends_with(|c: char| c.is_ascii_digit()) {
            row.push(' ');
        }
        row.push_str(part);
    }
    row
}

/// What stands as one thing, in brackets where it is more.
fn one(text: &str) -> String {
    let is_one = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | ',' | '√'));
    if is_one { text.to_owned() } else { format!("({text})") }
}

/// What stands above the line.
fn raised(text: &str) -> String {
    marked(text, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ").unwrap_or_else(|| format!("^{}", one(text)))
}

/// What stands below the line.
fn lowered(text: &str) -> String {
    marked(text, "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢ").unwrap_or_else(|| format!("_{}", one(text)))
}

/// A text in small signs, if there is one for each of its characters.
fn marked(text: &str, signs: &str) -> Option<String> {
    let place = |c: char| "0123456789+-=()ni".chars().position(|plain| plain == c);
    let text = text.chars().map(|c| if c == '\u{2212}' { '-' } else { c });
    text.map(|c| signs.chars().nth(place(c)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_keep_their_form() {
        let cases = [
            ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
            ("<mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "3 1/2"),
            ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"),
            ("<msup><mi>x</mi><mn>2</mn></msup>", "x²"),
            ("<msup><mi>x</mi><mi>k</mi></msup>", "x^k"),
            ("<msub><mi>CO</mi><mn>2</mn></msub>", "CO₂"),
            ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "xᵢ²"),
            ("<msqrt><mi>a</mi><mo>+</mo><mn>1</mn></msqrt>", "√(a+1)"),
            ("<mroot><mi>a</mi><mn>3</mn></mroot>", "³√a"),
            ("<m:mfrac>\n <m:mn>1</m:mn>\n <m:mn>3</m:mn>\n</m:mfrac>", "1/3"),
            ("<semantics><mrow><mi>E</mi></mrow><annotation>E^x</annotation></semantics>", "E"),
            (
                "<mtable><mtr><mtd>1</mtd><mtd>0</mtd></mtr><mtr><mtd>0</mtd><mtd>1</mtd></mtr></mtable>",
                "1 0; 0 1",
            ),
        ];
        for (markup, said) in cases {
            assert_eq!(foreign_text("math", markup), said, "{markup}");
        }
        let deep = format!("{}x{}", "<msqrt>".repeat(20_000), "</msqrt>".repeat(20_000));
        assert!(foreign_text("math", &deep).contains('x'));
    }

    #[test]
    fn pictures_say_what_is_drawn_in_them() {
        let chart = "<title>Biểu đồ</title><desc>cột</desc><style>a</style><text>Lúa</text><text><tspan>4</tspan><tspan>tấn</tspan></text>";
        assert_eq!(foreign_text("svg", chart), "Lúa 4 tấn");
        assert_eq!(foreign_text("svg", "<path d='M0'/>"), "");
    }
}
