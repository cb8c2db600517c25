//! `clearing check`: looks at one clearing file and changes nothing: shape, order, sums, checksum, and every fee reckoned again by the
//! fee book.

use super::daily::whole;
use crate::say::{End, Say, many};
use serde_json::json;
use slipway_recon::clearing::{Detail, Positions, file_says, read_file};
use slipway_recon::out::yuan;
use slipway_recon::{FeeBook, read_day};
use slipway_terms::{BusinessDate, InstitutionId};
use std::path::{Path, PathBuf};

/// Arguments of `clearing check`.
#[derive(clap::Args)]
pub struct CheckArgs {
    /// The clearing file.
    file: PathBuf,
    /// Whose file it has to be (default: the one in its name, else what its header says).
    #[arg(long)]
    member: Option<String>,
    /// The day that the file has to be of, YYYY-MM-DD (default: the folder it lies in, else what its
    /// header says).
    #[arg(long)]
    day: Option<String>,
    /// The fee book to reckon by (default: the one that comes with the program).
    #[arg(long)]
    fees: Option<PathBuf>,
}

/// Whose file and of which day a path says it is.
pub fn named(file: &Path, member: Option<&str>, day: Option<&str>) -> Result<(InstitutionId, BusinessDate), End> {
    let own = file.file_stem().map(|name| name.to_string_lossy().into_owned());
    let folder = file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let (member, day) = (member.map(str::to_owned).or(own), day.map(str::to_owned).or(folder));
    let member = member.and_then(|text| InstitutionId::new(&text).ok());
    let member = member.ok_or_else(|| End::usage("请用 --member 指明机构号", "name the member with --member"))?;
    let day = day.and_then(|text| read_day(&text));
    let day = day.ok_or_else(|| End::usage("请用 --day YYYY-MM-DD 指明日期", "name the day with --day YYYY-MM-DD"))?;
    Ok((member, day))
}

/// Checks a file.
pub fn run(args: &CheckArgs, say: &Say) -> Result<(), End> {
    let bytes = std::fs::read(&args.file)?;
    let name = args.file.display();
    // A copy under another name is checked as what its own header says.
    let said = file_says(&bytes);
    let expected = named(&args.file, args.member.as_deref(), args.day.as_deref());
    let (member, day) = match (expected, said) {
        (Ok(expected), _) => expected,
        (Err(end), Ok((member, day))) => {
            let (member, date) = (args.member.clone().unwrap_or(member.to_string()), day.to_string());
            named(&args.file, Some(&member), args.day.as_deref().or(Some(&date))).map_err(|_| end)?
        }
        (Err(_), Err(why)) => return unsound(args, why.to_string(), say),
    };
    let checked = read_file(&bytes, member, day).map_err(|why| why.to_string());
    let checked = checked.and_then(|(details, sums)| {
        priced(&details, day, args.fees.as_deref()).map_err(|end| format!("{} {}", end.text.zh, end.text.en))?;
        Ok((details, sums))
    });
    let (details, sums) = match checked {
        Ok(found) => found,
        Err(why) => return unsound(args, why, say),
    };
    let mut positions = Positions::default();
    details.iter().for_each(|detail| positions.add(detail));
    let net = positions.members().find(|(of, _)| *of == member).map_or(0, |(_, position)| position.net_fen());
    if say.json {
        say.document(&json!({
            "sound": true, "file": args.file, "member": member.to_string(), "day": day.to_string(),
            "entries": sums.count, "amount_fen": whole(sums.amount_fen), "fees_fen": sums.fees_fen.map(whole), "net_fen": whole(net),
        }));
    }
    let (count, sum, net) = (sums.count, yuan(sums.amount_fen), yuan(net));
    say.line(say.both(
        &format!("{name} 完好：{member} {day}，{count} 笔，合计 {sum} 元，应收（负为应付）{net} 元；手续费已逐笔重算"),
        &format!("{name} is sound: {member} {day}, {}, sum {sum} yuan, to get (negative: to pay) {net} yuan; every fee was reckoned again", many(count, "entry", "entries")),
    ));
    Ok(())
}

fn unsound(args: &CheckArgs, why: String, say: &Say) -> Result<(), End> {
    let name = args.file.display();
    if say.json {
        say.document(&json!({"sound": false, "file": args.file, "why": why}));
    }
    Err(End::broken(format!("{name} 不可用。{why}"), format!("{name} is not sound. {why}")))
}

/// Reckons every fee again. The class of the merchant stands in the line; whether he has it, only the network knows.
fn priced(details: &[Detail], day: BusinessDate, fees: Option<&Path>) -> Result<(), End> {
    let fault = |text: String| End::broken(text.clone(), text);
    let book = match fees {
        Some(path) => FeeBook::read(&std::fs::read_to_string(path)?),
        None => FeeBook::china(),
    };
    let book = book.map_err(|why| fault(why.to_string()))?;
    for (at, detail) in details.iter().enumerate() {
        let on = detail.original.map_or(day, |of| of.date);
        let terms = book.terms(on, detail.card, detail.class).map_err(|why| fault(why.to_string()))?;
        let mut again = *detail;
        again.price(&terms).map_err(|why| fault(why.to_string()))?;
        if again != *detail {
            let (line, said, found) = (at + 2, detail.fees, again.fees);
            return Err(End::broken(
                format!("第 {line} 行手续费为 {said:?}，应为 {found:?}"),
                format!("line {line} has the fees {said:?}, they are {found:?}"),
            ));
        }
    }
    Ok(())
}
