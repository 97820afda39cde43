use super::{CrawlState, Pending};
use crate::ingest::drift::Quarantine;
use crate::model::{Notice, Timestamp, Warning};
use crate::net::{Hosts, Purpose};
use crate::text::host_key;
use std::collections::BTreeSet;
use url::Url;

/// Such lists in a row before the status says so.
pub(super) const FLOOD_POLLS: u32 = 3;

impl CrawlState {
    /// What a person should know of it; times are written with the site's offset from UTC.
    pub fn warnings(&self, hosts: &Hosts, now: Timestamp, utc_offset: i32) -> Vec<Warning> {
        let mut warnings = self.quarantine.as_ref().map(Quarantine::warnings).unwrap_or_default();
        warnings.extend(self.trouble.iter().chain(&self.notices).cloned());
        warnings.extend(self.closed_hosts(hosts, now, utc_offset));
        for pending in &self.pending {
            let url = pending.draft.url.as_deref().unwrap_or("");
            match &pending.why {
                Some(why) => Notice::DetailFailed.add(&mut warnings, &format!("{url}: {why}")),
                None => Notice::DetailWaiting.add(&mut warnings, url),
            }
        }
        for (notice, why) in self.listed.values().filter_map(|listed| listed.note.as_ref()) {
            notice.add(&mut warnings, why);
        }
        let left_out =
            (self.left_out > 0).then(|| Notice::ListLeftOut.warning(self.left_out as usize, None));
        warnings.extend(left_out);
        if self.all_new >= FLOOD_POLLS {
            warnings.push(Notice::ListAllNew.warning(self.all_new as usize, None));
        }
        warnings
    }

    /// Warns of each host that keeps what it waits for from being read now.
    fn closed_hosts(&self, hosts: &Hosts, now: Timestamp, utc_offset: i32) -> Vec<Warning> {
        let children = self.children.iter().filter(|(_, child)| child.is_due());
        let children =
            children.filter_map(|(address, _)| Some(host_key(&Url::parse(address).ok()?)));
        let waited_for = self.pending.iter().filter_map(Pending::host).chain(children);
        let mut warnings = Vec::new();
        for host in waited_for.collect::<BTreeSet<_>>() {
            let mut warn = |notice: Notice, until: Timestamp, why: &str| {
                let until = until.rfc3339_at(utc_offset);
                notice.add(&mut warnings, &format!("{host}: {until}: {why}"));
            };
            if let Some(rest) = hosts.rest(&host, Purpose::Crawl, now) {
                warn(Notice::DetailResting, rest.until, &rest.why);
            } else if let Some(until) = hosts.robots(&host).closed_until(now) {
                warn(Notice::DetailRobotsUnreachable, until, "robots.txt");
            }
        }
        warnings
    }
}
