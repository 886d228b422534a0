use super::*;
use proptest::prelude::*;

fn plainly(_: Look, text: &str) -> String {
    text.to_owned()
}

fn of_everything(text: &str) -> Document {
    let mut table = Table::new(&["field", "#records"]);
    table.row([Line::code(text), Line::from(text)]);
    let mut document = Document::new(text);
    document
        .part(text)
        .deep_part(text)
        .say(Line::of(Look::Bad, text).and(Look::ToFill, text))
        .list([Line::from(text)])
        .table(table)
        .verbatim(text);
    document
}

#[test]
fn a_table_is_folded_at_the_width_of_the_screen() {
    let mut table = Table::new(&["field", "#records", "what it is"]);
    table.row([
        Line::code("context.ip"),
        Line::from("1204"),
        Line::from("the network that the address is in, of 24 bits"),
    ]);
    let mut document = Document::new("what leaves");
    document.table(table);
    assert_eq!(
        document.to_text(44, &plainly),
        "what leaves\n\
         \n\
         field       records  what it is\n\
         context.ip     1204  the network that the\n\
         \x20                    address is in, of 24\n\
         \x20                    bits\n"
    );
}

#[test]
fn a_table_of_too_many_columns_for_the_screen_is_no_table_there() {
    let names = [
        "field",
        "#records",
        "bbbbbbbb",
        "cccccccc",
        "dddddddd",
        "eeeeeeee",
        "ffffffff",
        "gggggggg",
        "what it is",
    ];
    let mut table = Table::new(&names);
    let mut row: Vec<Line> = ["context.ip", "12", "", "", "", "", "", "x"]
        .map(Line::from)
        .into();
    row.push("the network that the address is in, of 24 bits".into());
    table.row(row.clone());
    table.row(row);
    let mut document = Document::new("t");
    document.table(table.clone());
    let narrow = document.to_text(40, &plainly);
    let block = "context.ip\n  records: 12\n  gggggggg: x\n  what it is: the network that the\n    address is in, of 24 bits\n";
    assert_eq!(narrow, format!("t\n\n{block}{block}"));
    assert!(narrow.lines().all(|line| line.len() <= 40), "{narrow}");
    let wide = document.to_text(200, &plainly);
    assert_eq!(wide.lines().count(), 5, "{wide}");
}

#[test]
fn a_word_that_is_wider_than_its_column_is_cut() {
    let mut document = Document::new("t");
    document.say("x".repeat(25));
    assert_eq!(
        document.to_text(10, &plainly),
        format!("t\n\n{0}\n{0}\nxxxxx\n", "x".repeat(10))
    );
}

#[test]
fn markdown_says_the_same() {
    let mut table = Table::new(&["field", "#records"]);
    table.row([Line::code("a|b"), Line::from("1")]);
    let mut document = Document::new("what *leaves*");
    document
        .part("fields")
        .say(
            Line::from("see ")
                .and(Look::Code, "a.b")
                .and(Look::ToFill, " who reads it "),
        )
        .table(table)
        .verbatim("veil check\n");
    assert_eq!(
        document.to_markdown(),
        "# what \\*leaves\\*\n\n## fields\n\nsee `a.b` _who reads it_ \n\n\
         | field | records |\n| --- | ---: |\n| <code>a&#124;b</code> | 1 |\n\n\
         ```\nveil check\n```\n"
    );
}

#[test]
fn a_page_holds_no_markup_of_a_name() {
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'";
    let page = of_everything(hostile).to_html();
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("<img"), "{page}");
    let written = of_everything(hostile).to_markdown();
    let outside_of_fences = written.split("```").next().expect("a first part");
    for tag in ["<script", "<img"] {
        let bare = outside_of_fences.replace(&format!("`{hostile}`"), "");
        assert!(!bare.contains(tag), "{written}");
    }
}

#[test]
fn a_page_loads_nothing() {
    let page = of_everything("https://example.com/a.css").to_html();
    for word in ["<link", "src=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
}

proptest! {
    #[test]
    fn nothing_acts_whatever_a_text_holds(text in any::<String>(), width in 0usize..120) {
        let acts = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}');
        let document = of_everything(&text);
        for spelled in [document.to_text(width, &plainly), document.to_markdown(), document.to_html()] {
            prop_assert!(!spelled.chars().any(acts), "{spelled:?}");
        }
    }

    #[test]
    fn folding_loses_no_letter(text in "[a-zé漢 ]{0,80}", width in 0usize..40) {
        let mut document = Document::new("");
        document.say(text.as_str());
        let bare = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(bare(&document.to_text(width, &plainly)), bare(&text));
    }
}
