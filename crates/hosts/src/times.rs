//! The timers of the network and the order they must stand in (rules 5): whoever waits longer asks whoever waits shorter.

use serde::{Deserialize, Serialize};
use slipway_terms::{BusinessDate, Moment};

/// Waits in milliseconds. `--pace fast` divides them through the clock port, never here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// The issuer decides within this.
    pub issuer_ms: i64,
    /// The switch waits for the issuer.
    pub switch_ms: i64,
    /// The acquirer waits for the switch.
    pub acquirer_ms: i64,
    /// The terminal waits for the acquirer.
    pub terminal_ms: i64,
    /// A promise in hours: an unconfirmed sale opens a case after this (rules 7).
    pub unconfirmed_ms: i64,
    /// A till that has not settled its batch for so long, counted from the first money in it: the acquirer closes it (rules 9).
    pub unsettled_ms: i64,
    /// The hour of the day (UTC+8) at which the next business day begins.
    pub cutover_hour: u8,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            issuer_ms: 5_000,
            switch_ms: 30_000,
            acquirer_ms: 45_000,
            terminal_ms: 60_000,
            unconfirmed_ms: 48 * 3_600_000,
            unsettled_ms: 24 * 3_600_000,
            cutover_hour: 23,
        }
    }
}

impl Times {
    /// Refuses an order in which a party gives up before the one it asked: S + 5 s > A, A + 10 s > T, I ≥ S.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.issuer_ms >= self.switch_ms {
            return Err("发卡行时限须小于交换中心等待 / the issuer's limit must be below the switch's wait");
        }
        if self.switch_ms + 5_000 > self.acquirer_ms {
            return Err("收单行等待须比交换中心长5秒以上 / the acquirer must wait at least 5 s longer than the switch");
        }
        if self.acquirer_ms + 10_000 > self.terminal_ms {
            return Err("终端等待须比收单行长10秒以上 / the terminal must wait at least 10 s longer than the acquirer");
        }
        Ok(())
    }

    /// When a business day ends and the next begins: its cut-over hour (UTC+8).
    pub fn day_ends(&self, date: BusinessDate) -> Moment {
        Moment((date.days() * 24 + i64::from(self.cutover_hour.min(24)) - 8) * 3_600_000)
    }

    /// The business day that `at` belongs to: the next calendar day from the cut-over hour on.
    pub fn business_date(&self, at: Moment) -> BusinessDate {
        at.plus_ms(i64::from(24 - self.cutover_hour.min(24)) * 3_600_000).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_stand_and_wrong_orders_are_refused() {
        let good = Times::default();
        assert!(good.check().is_ok());
        assert!(Times { acquirer_ms: 34_000, ..good }.check().is_err());
        assert!(Times { terminal_ms: 54_000, ..good }.check().is_err());
        assert!(Times { issuer_ms: 30_000, ..good }.check().is_err());
    }

    #[test]
    fn the_day_ends_at_the_cut() {
        let at = Moment(1_795_421_045_000); // 2026-11-23 16:04 Beijing
        let day = |at: Moment| Times::default().business_date(at).day;
        assert_eq!(day(at), 23);
        assert_eq!(day(at.plus_ms(7 * 3_600_000)), 24);
        for cutover_hour in [0, 1, 23, 24] {
            let times = Times { cutover_hour, ..Times::default() };
            let ends = times.day_ends(times.business_date(at));
            assert_eq!(times.business_date(ends.plus_ms(-1)), times.business_date(at), "{cutover_hour}");
            assert_ne!(times.business_date(ends), times.business_date(at), "{cutover_hour}");
        }
    }
}
