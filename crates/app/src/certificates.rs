//! The certificates of a new network: one small authority, and for each party a certificate that names it. Members' also
//! name their institution, so that none can speak as another.
//!
//! What is there is never made anew: an authority that changed would cut every party that still trusts the old one.

use crate::network::sample;
use crate::run::PARTIES;
use crate::say::End;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use slipway_runtime::os::member_name;
use slipway_terms::{BusinessDate, Moment};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Years an authority lasts, and a certificate under it.
const AUTHORITY_YEARS: i32 = 10;
const PARTY_YEARS: i32 = 3;

fn failed(why: &rcgen::Error) -> End {
    End::environment(format!("无法生成证书：{why}"), format!("cannot make certificates: {why}"))
}

/// Makes what is missing: `ca/` of the network and `tls/` of each party's folder.
pub fn make_missing(dir: &Path, at: Moment) -> Result<(), End> {
    let today = at.date();
    let home = dir.join("ca");
    let lacks = |party: &&str| dir.join(party).is_dir() && !dir.join(party).join("tls/own.key").exists();
    let parties: Vec<_> = PARTIES.into_iter().filter(lacks).collect();
    if parties.is_empty() {
        // The authority's key may be where it belongs: elsewhere.
        return Ok(());
    }
    let authority = authority(&home, today)?;
    for party in parties {
        let tls = dir.join(party).join("tls");
        std::fs::create_dir_all(&tls)?;
        let key = KeyPair::generate().map_err(|why| failed(&why))?;
        let params = CertificateParams::new(names(party)).map_err(|why| failed(&why))?;
        let params = lasting(params, party, today, PARTY_YEARS);
        let made = params.signed_by(&key, &authority).map_err(|why| failed(&why))?;
        std::fs::copy(home.join("ca.pem"), tls.join("ca.pem"))?;
        std::fs::write(tls.join("own.pem"), made.pem())?;
        // Last: its presence says that the others are there.
        keep_secret(&tls.join("own.key"), &key.serialize_pem())?;
    }
    Ok(())
}

fn names(party: &str) -> Vec<String> {
    let member = match party {
        "acquirer" => Some(sample::ACQUIRER),
        "issuer1" => Some(sample::ISSUER_1),
        "issuer2" => Some(sample::ISSUER_2),
        _ => None,
    };
    std::iter::once(party.to_owned()).chain(member.map(member_name)).collect()
}

fn authority(home: &Path, today: BusinessDate) -> Result<Issuer<'static, KeyPair>, End> {
    let mut params = lasting(CertificateParams::default(), "Slipway network authority", today, AUTHORITY_YEARS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let (file, public) = (home.join("ca.key"), home.join("ca.pem"));
    if !file.exists() && public.exists() {
        // Another authority in its place would be one that no other party believes.
        let file = file.display();
        return Err(End::environment(
            format!("缺少 {file}：要补发证书，请先放回网络的CA私钥；未改动任何证书"),
            format!(
                "{file} is not there: bring the authority's key back to make the missing certificates; none was changed"
            ),
        ));
    }
    std::fs::create_dir_all(home)?;
    let key = if file.exists() {
        KeyPair::from_pem(&std::fs::read_to_string(&file)?).map_err(|why| failed(&why))?
    } else {
        let key = KeyPair::generate().map_err(|why| failed(&why))?;
        keep_secret(&file, &key.serialize_pem())?;
        key
    };
    if !public.exists() {
        std::fs::write(&public, params.self_signed(&key).map_err(|why| failed(&why))?.pem())?;
    }
    Ok(Issuer::new(params, key))
}

/// From yesterday, for clocks that are a little behind.
fn lasting(mut params: CertificateParams, name: &str, today: BusinessDate, years: i32) -> CertificateParams {
    let day = |date: BusinessDate, more: i32| {
        // Every month has a 28th.
        date_time_ymd(date.year + more, date.month, date.day.min(28))
    };
    params.not_before = day(BusinessDate::from_days(today.days() - 1), 0);
    params.not_after = day(today, years);
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn keep_secret(path: &Path, text: &str) -> Result<(), End> {
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(std::fs::rename(&fresh, path)?)
}
