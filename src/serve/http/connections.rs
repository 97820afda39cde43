use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// No whole request head has come yet.
const FRESH: u8 = 0;
/// Between two requests.
const IDLE: u8 = 1;
/// A request is being answered.
const BUSY: u8 = 2;
/// The whole answer is with hyper, but not yet with the system.
const HANDED_OVER: u8 = 3;

/// The open connections, limited in all and per address.
pub struct ConnectionTable {
    slots: Mutex<Slots>,
    max: usize,
    max_per_address: usize,
}

#[derive(Default)]
struct Slots {
    next: u64,
    taken: BTreeMap<u64, Taken>,
    by_address: HashMap<IpAddr, BTreeSet<u64>>,
}

/// A taken slot, as the table sees it.
struct Taken {
    address: IpAddr,
    standing: Standing,
    close: Arc<Notify>,
}

/// One connection's slot; dropping it frees the slot.
pub struct Slot {
    table: Arc<ConnectionTable>,
    number: u64,
    standing: Standing,
    close: Arc<Notify>,
}

/// The state of a connection's current request. Clones are of the same connection.
#[derive(Clone)]
pub struct Standing(Arc<State>);

#[derive(Default)]
struct State {
    step: AtomicU8,
    /// The number of the check at which it was first seen waiting for a request head; 0 for none.
    since: AtomicU32,
}

impl Standing {
    /// A connection that has just been accepted.
    pub fn fresh() -> Self {
        Self(Arc::default())
    }

    /// A whole request head has come: until its answer is sent, the connection is not closed for others.
    pub fn begin_request(&self) {
        self.0.step.store(BUSY, Ordering::Relaxed);
        self.0.since.store(0, Ordering::Relaxed);
    }

    /// hyper has the last of the answer.
    pub fn handed_over(&self) {
        self.0.step.store(HANDED_OVER, Ordering::Relaxed);
    }

    /// The system has all that hyper had. If the answer was handed over, the request is over.
    pub fn flushed(&self) {
        if self.step() == HANDED_OVER {
            self.0.step.store(IDLE, Ordering::Relaxed);
        }
    }

    fn step(&self) -> u8 {
        self.0.step.load(Ordering::Relaxed)
    }

    /// Whether it waits for a request head, and did so at every one of the last `checks` checks.
    fn waited_for(&self, check: u32, checks: u32) -> bool {
        let since = &self.0.since;
        match since.load(Ordering::Relaxed) {
            _ if !self.is_waiting() => false,
            0 => {
                since.store(check, Ordering::Relaxed);
                false
            }
            first => check.wrapping_sub(first) >= checks,
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(self.step(), FRESH | IDLE)
    }
}

impl ConnectionTable {
    /// An empty table with `max` slots in all and `max_per_address` for one address.
    pub fn new(max: usize, max_per_address: usize) -> Arc<Self> {
        let (max, max_per_address) = (max.max(1), max_per_address.max(1));
        Arc::new(Self { slots: Mutex::default(), max, max_per_address })
    }

    /// Takes a slot for a new connection. If none is free, the oldest connection that sent no request is closed, else the
    /// oldest idle one. If all are being answered, the new connection is refused.
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let address = ip_prefix(address);
        let mut slots = self.slots();
        let own = slots.by_address.get(&address).map_or(0, BTreeSet::len);
        if own >= self.max_per_address {
            let candidate =
                slots.by_address.get(&address).and_then(|own| slots.weakest(own.iter()));
            slots.close(candidate?);
        }
        if slots.taken.len() >= self.max {
            let candidate = slots.weakest(slots.taken.keys());
            slots.close(candidate?);
        }
        let (number, standing, close) = slots.add(address);
        Some(Slot { table: self.clone(), number, standing, close })
    }

    /// Closes one connection that is not being answered, to free what it holds.
    pub fn make_room(&self) {
        let mut slots = self.slots();
        if let Some(number) = slots.weakest(slots.taken.keys()) {
            slots.close(number);
        }
    }

    /// Closes every connection that is not being answered.
    pub fn close_waiting(&self) {
        self.close_all(Standing::is_waiting);
    }

    /// Closes every connection that has waited for a request head since `checks` checks; checks are numbered from 1.
    ///
    /// One timer serves all connections: hyper would set and remove one with each request.
    pub fn close_late(&self, check: u32, checks: u32) {
        self.close_all(|standing| standing.waited_for(check, checks));
    }

    fn close_all(&self, closes: impl Fn(&Standing) -> bool) {
        let mut slots = self.slots();
        let closing = slots.taken.iter().filter(|(_, taken)| closes(&taken.standing));
        let numbers: Vec<u64> = closing.map(|(number, _)| *number).collect();
        numbers.into_iter().for_each(|number| slots.close(number));
    }

    /// Connections that are open.
    pub fn count(&self) -> usize {
        self.slots().taken.len()
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn add(&mut self, address: IpAddr) -> (u64, Standing, Arc<Notify>) {
        let number = self.next;
        self.next += 1;
        let (standing, close) = (Standing::fresh(), Arc::new(Notify::new()));
        let taken = Taken { address, standing: standing.clone(), close: close.clone() };
        self.taken.insert(number, taken);
        self.by_address.entry(address).or_default().insert(number);
        (number, standing, close)
    }

    /// The oldest of some connections that sent no request yet, else the oldest idle one.
    fn weakest<'a>(&self, numbers: impl Iterator<Item = &'a u64>) -> Option<u64> {
        let mut idle = None;
        for number in numbers {
            match self.taken.get(number)?.standing.step() {
                FRESH => return Some(*number),
                IDLE => idle = idle.or(Some(*number)),
                _ => {}
            }
        }
        idle
    }

    fn close(&mut self, number: u64) {
        if let Some(taken) = self.remove(number) {
            taken.close.notify_one();
        }
    }

    fn remove(&mut self, number: u64) -> Option<Taken> {
        let taken = self.taken.remove(&number)?;
        if let Some(own) = self.by_address.get_mut(&taken.address) {
            own.remove(&number);
            if own.is_empty() {
                self.by_address.remove(&taken.address);
            }
        }
        Some(taken)
    }
}

impl Slot {
    /// What the connection is doing.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Waits until the connection must close.
    pub async fn closed(&self) {
        self.close.notified().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.table.slots().remove(self.number);
    }
}

/// What counts as one address: an IPv4 address, or the first 64 bits of an IPv6 one.
pub fn ip_prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn who_sends_no_whole_head_for_so_many_looks_leaves() {
        let table = ConnectionTable::new(9, 9);
        let silent = table.take(ip("192.0.2.1")).unwrap();
        let asking = table.take(ip("192.0.2.1")).unwrap();
        let slow = table.take(ip("192.0.2.1")).unwrap();
        slow.standing.begin_request();
        for look in 1..=4 {
            table.close_late(look, 4);
            asking.standing.begin_request();
            asking.standing.handed_over();
            asking.standing.flushed();
        }
        assert_eq!(table.count(), 3, "four looks are three pauses");
        table.close_late(5, 4);
        assert_eq!(table.count(), 2, "who never asked is gone");
        for look in 6..=9 {
            table.close_late(look, 4);
        }
        assert_eq!(table.count(), 1, "so is who asked nothing more; who is being answered stays");
        drop((silent, asking, slow));
    }

    #[test]
    fn the_oldest_that_never_asked_leaves_first() {
        let table = ConnectionTable::new(3, 3);
        let asked = table.take(ip("192.0.2.1")).unwrap();
        asked.standing.begin_request();
        asked.standing.handed_over();
        asked.standing.flushed();
        let silent = table.take(ip("192.0.2.2")).unwrap();
        let busy = table.take(ip("192.0.2.3")).unwrap();
        busy.standing.begin_request();
        let fourth = table.take(ip("192.0.2.4")).unwrap();
        fourth.standing.begin_request();
        assert!(!table.slots().taken.contains_key(&silent.number));
        assert!(table.take(ip("192.0.2.5")).is_some(), "the idle one leaves next");
        assert!(!table.slots().taken.contains_key(&asked.number));
        assert_eq!(table.count(), 2);
    }

    #[test]
    fn who_is_being_answered_stays() {
        let table = ConnectionTable::new(1, 1);
        let busy = table.take(ip("192.0.2.1")).unwrap();
        busy.standing.begin_request();
        assert!(table.take(ip("192.0.2.2")).is_none());
        busy.standing.flushed();
        busy.standing.handed_over();
        assert!(table.take(ip("192.0.2.2")).is_none(), "not all of it is sent");
        table.close_waiting();
        assert_eq!(table.count(), 1);
        busy.standing.flushed();
        assert!(table.take(ip("192.0.2.2")).is_some());
        drop(busy);
        assert_eq!(table.count(), 0);
        assert!(table.slots().by_address.is_empty());
    }

    #[test]
    fn one_address_takes_only_its_own_slots() {
        let table = ConnectionTable::new(100, 2);
        let other = table.take(ip("198.51.100.1")).unwrap();
        let own: Vec<_> = (0..50).filter_map(|_| table.take(ip("::ffff:192.0.2.1"))).collect();
        assert_eq!(own.len(), 50);
        assert_eq!(table.count(), 3);
        assert!(table.slots().taken.contains_key(&other.number));
        let six: Vec<_> =
            (0..9).filter_map(|i| table.take(ip(&format!("2001:db8::{i}")))).collect();
        assert_eq!((six.len(), table.count()), (9, 5));
    }
}
