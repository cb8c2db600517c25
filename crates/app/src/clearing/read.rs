//! `clearing read`: a foreign file by a layout. Its rows go into a list for reconciliation only when the whole file is sound; the list
//! of before stays as it was, byte for byte, until then.

use crate::say::{End, Say, many};
use serde_json::json;
use slipway_recon::foreign::{ForeignFault, Layout, Reader, decoder, layout};
use slipway_recon::four::Row;
use slipway_recon::read_day;
use slipway_terms::BusinessDate;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Bytes read at once.
const PIECE: usize = 64 * 1024;
/// Bytes of a layout at most.
const LAYOUT_MAX: u64 = 1 << 20;

/// Arguments of `clearing read`.
#[derive(clap::Args)]
pub struct ReadArgs {
    /// The foreign file.
    file: PathBuf,
    /// What stands where in it, as TOML; docs/clearing.md tells the words.
    #[arg(long)]
    layout: PathBuf,
    /// The day that the file has to be of, YYYY-MM-DD.
    #[arg(long)]
    day: String,
    /// Writes the rows, sorted, as a list for reconciliation (48 bytes a row); replaced at once or not at all.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Reads, says what is in it, and writes the list if asked.
pub fn run(args: &ReadArgs, say: &Say) -> Result<(), End> {
    let day = read_day(&args.day)
        .ok_or_else(|| End::usage(format!("{} 不是日期", args.day), format!("{} is not a day YYYY-MM-DD", args.day)))?;
    let layout = layout_of(&args.layout)?;
    let rows = match rows_of(&args.file, &layout, day)? {
        Ok(rows) => rows,
        Err(fault) => {
            let name = args.file.display();
            if say.json {
                say.document(&json!({
                    "sound": false, "line": fault.line, "column": fault.column, "field": fault.field,
                    "why": fault.to_string(),
                }));
            }
            return Err(End::broken(format!("{name} 拒收。{fault}"), format!("{name} is refused. {fault}")));
        }
    };
    if let Some(out) = &args.out {
        write(out, &rows)?;
    }
    let mut kinds: BTreeMap<char, (u64, i128)> = BTreeMap::new();
    for row in &rows {
        let kind = row.key.entry().map_or('?', |entry| char::from(entry.letter()));
        let (count, sum) = kinds.entry(kind).or_default();
        (*count, *sum) = (*count + 1, *sum + i128::from(row.amount_fen));
    }
    if say.json {
        let kinds: Vec<_> = kinds
            .iter()
            .map(|(kind, (count, sum))| json!({"entry": kind.to_string(), "count": count, "sum_fen": sum.to_string()}))
            .collect();
        say.document(&json!({"sound": true, "day": day.to_string(), "rows": rows.len(), "entries": kinds}));
    }
    let count = rows.len();
    say.line(say.both(
        &format!("{day}：{count} 笔，文件完整"),
        &format!("{day}: {}, the file is whole", many(count, "entry", "entries")),
    ));
    for (kind, (count, sum)) in kinds {
        say.line(format!("  {kind} {count:>9} {sum:>18}"));
    }
    Ok(())
}

/// The layout of a file.
pub fn layout_of(path: &Path) -> Result<Layout, End> {
    let mut text = String::new();
    std::fs::File::open(path).and_then(|file| file.take(LAYOUT_MAX).read_to_string(&mut text)).map_err(|fault| {
        End::environment(format!("{}：{fault}", path.display()), format!("{}: {fault}", path.display()))
    })?;
    layout(&text).map_err(|fault| End::usage(fault.to_string(), fault.to_string()))
}

/// The rows of a foreign file, or its first fault.
pub fn rows_of(path: &Path, layout: &Layout, day: BusinessDate) -> Result<Result<Vec<Row>, ForeignFault>, End> {
    let mut file = std::fs::File::open(path).map_err(|fault| {
        End::environment(format!("{}：{fault}", path.display()), format!("{}: {fault}", path.display()))
    })?;
    let (mut reader, decode, mut piece) = (Reader::new(layout, day), decoder(layout.encoding), vec![0; PIECE]);
    loop {
        let got = file.read(&mut piece)?;
        if got == 0 {
            return Ok(reader.end(&decode));
        }
        if let Err(fault) = reader.take(&piece[..got], &decode) {
            return Ok(Err(fault));
        }
    }
}

/// Beside the list, synced, then in its place.
fn write(out: &Path, rows: &[Row]) -> Result<(), End> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    {
        let mut buffer = std::io::BufWriter::new(&mut file);
        rows.iter().try_for_each(|row| buffer.write_all(&row.to_bytes()))?;
        buffer.flush()?;
    }
    file.as_file().sync_all()?;
    file.persist(out).map_err(|fault| fault.error)?;
    Ok(std::fs::File::open(folder)?.sync_all()?)
}
