use super::progress;
use crate::mirror::{
    Destination, Folder, Mirror, News, Program, Publisher, Selection, Sqlite, Totals, Whose,
};
use crate::model::{Language, Timestamp};
use anyhow::Context;
use http::HeaderValue;
use indicatif::ProgressBar;
use std::io::Read;
use std::path::{Path, PathBuf};
use url::Url;

/// Bytes of a file with a token at most.
const TOKEN: u64 = 4 << 10;
const MORE: &str = "\
What you get, and what becomes of it:
  put        the article is written, in place of an earlier revision
  removed    it left your selection: the copy is deleted
  withdrawn  it was taken back everywhere: the copy is deleted
The position is written after the steps have been applied. Stop the command whenever you
like, also by a power switch: the next run goes on, and may apply the last steps twice.

Examples:
  dongtin mirror https://tin.example.vn --to /srv/tin
  dongtin mirror https://tin.example.vn --sqlite tin.db --category \"Kinh tế\" --once
  dongtin mirror https://tin.example.vn --exec 'php take.php' --position take.position

Exit code: 0 the copy is whole (--once), 1 it is not, 2 wrong arguments.";

#[derive(clap::Args)]
#[command(after_help = MORE)]
#[command(group = clap::ArgGroup::new("destination").required(true).multiple(true).args(["to", "exec", "sqlite"]))]
pub(super) struct Args {
    /// The address of the dongtin to copy (địa chỉ của nơi phát tin)
    #[arg(value_name = "URL")]
    address: String,
    /// Copy into a folder: articles/KEY.json and .html, and media/ (chép vào thư mục)
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Hand each step as JSON to a program on its standard input; an exit code other than 0 stops (chuyển cho chương trình)
    #[arg(long, value_name = "PROGRAM")]
    exec: Option<String>,
    /// Start the program once for a page of steps, one a line (mỗi lần một trang, mỗi dòng một bước)
    #[arg(long, requires = "exec")]
    exec_batch: bool,
    /// Where --exec keeps its position (tệp ghi vị trí đã chép)
    #[arg(long, requires = "exec", value_name = "FILE", default_value = "dongtin-mirror.position")]
    position: PathBuf,
    /// Copy into the tables of a SQLite database; needs the program sqlite3 (chép vào tệp SQLite)
    #[arg(long, value_name = "FILE")]
    sqlite: Option<PathBuf>,
    /// A file with the token that the publisher gave you (tệp chứa mã truy cập)
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Only what these feeds of the publisher show; may be given several times (chỉ các kênh tin này)
    #[arg(long, value_name = "ID")]
    feed: Vec<String>,
    /// Only articles of these sources of the publisher (chỉ các nguồn tin này)
    #[arg(long, value_name = "ID")]
    source: Vec<String>,
    /// Only these categories (chỉ các chuyên mục này)
    #[arg(long, value_name = "NAME")]
    category: Vec<String>,
    /// Only these languages, as vi or en (chỉ các ngôn ngữ này)
    #[arg(long, value_name = "TAG")]
    language: Vec<String>,
    /// Only these provinces (chỉ các tỉnh, thành này)
    #[arg(long, value_name = "NAME")]
    province: Vec<String>,
    /// End when everything there is has been copied (chép xong thì dừng)
    #[arg(long)]
    once: bool,
    /// Copy everything anew, and delete what is not there any more (chép lại từ đầu)
    #[arg(long)]
    full: bool,
    /// Leave pictures and files where they are (không chép ảnh và tệp)
    #[arg(long)]
    no_media: bool,
}

pub(super) fn run(args: Args, language: Language) -> anyhow::Result<()> {
    let token = args.token_file.as_deref().map(token).transpose()?;
    let publisher = Publisher::new(address(&args.address)?, token)?;
    let destinations = destinations(&args, &publisher)?;
    let bar = progress::count("articles (tin)");
    let mut watch = |news: News<'_>| tell(&bar, news, language);
    let mirror = Mirror {
        publisher: &publisher,
        selection: Selection {
            feeds: args.feed,
            sources: args.source,
            categories: args.category,
            languages: args.language,
            provinces: args.province,
        },
        destinations,
        once: args.once,
        clock: Timestamp::now,
        watch: &mut watch,
    };
    let done = crate::node::runtime()?.block_on(mirror.run());
    bar.finish_and_clear();
    done.with_context(|| format!("{}: the copy is not whole (chưa chép xong)", publisher.address()))
}

/// The publisher's address; https where none is named.
pub(super) fn address(text: &str) -> anyhow::Result<Url> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.with_context(|| {
        format!("{text}: give an http or https address (hãy đưa địa chỉ http, https)")
    })
}

/// The header with the token in a file.
pub(super) fn token(path: &Path) -> anyhow::Result<HeaderValue> {
    let mut text = String::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(TOKEN).read_to_string(&mut text));
    read.with_context(|| path.display().to_string())?;
    let mut value = HeaderValue::from_str(&format!("Bearer {}", text.trim()))
        .ok()
        .filter(|_| !text.trim().is_empty())
        .with_context(|| format!("{}: holds no token (không có mã truy cập)", path.display()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn destinations(args: &Args, publisher: &Publisher) -> anyhow::Result<Vec<Destination>> {
    let whose = Whose { publisher: publisher.address(), full: args.full };
    let mut all = Vec::new();
    if let Some(root) = &args.to {
        let media = (!args.no_media).then(|| publisher.media());
        all.push(Destination::Folder(Box::new(Folder::open(root, &whose, media)?)));
    }
    if let Some(file) = &args.sqlite {
        all.push(Destination::Sqlite(Sqlite::open(file, &whose)?));
    }
    if let Some(program) = &args.exec {
        let program = Program::open(program, args.exec_batch, &args.position, &whose)?;
        all.push(Destination::Program(program));
    }
    Ok(all)
}

/// Says what happens, above the bar where there is one.
fn tell(bar: &ProgressBar, news: News<'_>, language: Language) {
    let pick = |en: String, vi: String| language.pick(&en, &vi).to_owned();
    let line = match news {
        News::Applied(Totals { put, .. }) => return bar.set_position(put),
        News::CaughtUp(Totals { put, removed, withdrawn }) => pick(
            format!("up to date: {put} written, {removed} removed, {withdrawn} withdrawn"),
            format!("đã chép đủ: ghi {put}, gỡ {removed}, thu hồi {withdrawn}"),
        ),
        News::Anew(why) => pick(format!("copying anew: {why}"), format!("chép lại từ đầu: {why}")),
        News::Waiting { why, wait } => pick(
            format!("{why}; again in {} s", wait.as_secs()),
            format!("{why}; thử lại sau {} giây", wait.as_secs()),
        ),
        News::LeftOut(note) => {
            pick(format!("not copied: {note}"), format!("không chép được: {note}"))
        }
    };
    bar.suspend(|| super::note(&line));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_unless_it_says_otherwise_and_keeps_no_secret() {
        let url = address("ai:mat-khau@tin.vn/x?khoa=1#y").unwrap();
        let publisher = Publisher::new(url, None).unwrap();
        assert_eq!(publisher.address(), "https://tin.vn/x");
        assert_eq!(address("http://127.0.0.1:8080").unwrap().scheme(), "http");
        assert!(address("ftp://tin.vn").is_err() && address("").is_err());
    }

    #[test]
    fn a_token_is_the_first_line_of_a_small_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "dongtin_abc\n").unwrap();
        let value = token(file.path()).unwrap();
        assert!(value.is_sensitive() && value == "Bearer dongtin_abc");
        for bad in ["", " \n", "a\nb"] {
            std::fs::write(file.path(), bad).unwrap();
            assert!(token(file.path()).is_err(), "{bad:?}");
        }
    }
}
