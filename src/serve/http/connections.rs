//! Who is connected: a seat per connection, so many in all and from one address, and who leaves: when a seat is wanted, or
//! when no whole request head came for too long.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Never sent a whole request head.
const FRESH: u8 = 0;
/// Between two requests.
const IDLE: u8 = 1;
/// Being answered.
const BUSY: u8 = 2;
/// The answer is whole with the HTTP parser, but not yet with the system.
const HANDED_OVER: u8 = 3;

/// Every connection that is open.
pub struct Guests {
    book: Mutex<Book>,
    most: usize,
    most_per_address: usize,
}

#[derive(Default)]
struct Book {
    next: u64,
    seats: BTreeMap<u64, Seat>,
    by_address: HashMap<IpAddr, BTreeSet<u64>>,
}

struct Seat {
    address: IpAddr,
    standing: Standing,
    leave: Arc<Notify>,
}

/// One connection's seat; dropping it frees the seat.
pub struct Guest {
    guests: Arc<Guests>,
    number: u64,
    standing: Standing,
    leave: Arc<Notify>,
}

/// How far a connection's request is, for those who move it along.
#[derive(Clone)]
pub struct Standing(Arc<Stand>);

#[derive(Default)]
struct Stand {
    state: AtomicU8,
    /// The look at which it was first seen waiting for a head, 0 for none.
    since: AtomicU32,
}

impl Standing {
    /// Of a connection that never asked.
    pub fn fresh() -> Self {
        Self(Arc::default())
    }

    /// A request's head is whole: until its answer is sent nobody sends the connection away.
    pub fn asked(&self) {
        self.0.state.store(BUSY, Ordering::Relaxed);
        self.0.since.store(0, Ordering::Relaxed);
    }

    /// The last of the answer is with the HTTP parser.
    pub fn handed_over(&self) {
        self.0.state.store(HANDED_OVER, Ordering::Relaxed);
    }

    /// All that the HTTP parser had is with the system; the request is over where nothing more comes.
    pub fn flushed(&self) {
        if self.0.state.load(Ordering::Relaxed) == HANDED_OVER {
            self.0.state.store(IDLE, Ordering::Relaxed);
        }
    }

    fn of(&self) -> u8 {
        self.0.state.load(Ordering::Relaxed)
    }

    /// Whether at a look, and at all for so many looks before, it waited for a head.
    fn waited(&self, look: u32, looks: u32) -> bool {
        let since = &self.0.since;
        match since.load(Ordering::Relaxed) {
            _ if !self.waits() => false,
            0 => {
                since.store(look, Ordering::Relaxed);
                false
            }
            first => look.wrapping_sub(first) >= looks,
        }
    }

    fn waits(&self) -> bool {
        matches!(self.of(), FRESH | IDLE)
    }
}

impl Guests {
    /// An empty house with so many seats in all and so many for one address.
    pub fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        let (most, most_per_address) = (most.max(1), most_per_address.max(1));
        Arc::new(Self { book: Mutex::default(), most, most_per_address })
    }

    /// A seat for a new connection. Where none is free, the oldest that never asked anything leaves,
    /// then the oldest idle one; where all are being answered there is no seat.
    pub fn seat(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let address = household(address);
        let mut book = self.book();
        let own = book.by_address.get(&address).map_or(0, BTreeSet::len);
        if own >= self.most_per_address {
            let candidate = book.by_address.get(&address).and_then(|own| book.weakest(own.iter()));
            book.dismiss(candidate?);
        }
        if book.seats.len() >= self.most {
            let candidate = book.weakest(book.seats.keys());
            book.dismiss(candidate?);
        }
        let (number, standing, leave) = book.enter(address);
        Some(Guest { guests: self.clone(), number, standing, leave })
    }

    /// Sends away one connection that is not being answered, to free what it holds.
    pub fn make_room(&self) {
        let mut book = self.book();
        if let Some(number) = book.weakest(book.seats.keys()) {
            book.dismiss(number);
        }
    }

    /// Sends away every connection that is not being answered.
    pub fn dismiss_waiting(&self) {
        self.dismiss_all(Standing::waits);
    }

    /// Sends away whoever was waiting for a head at a look and at all for so many before; looks are numbered from 1.
    ///
    /// One timer for all, instead of one that each request sets and takes away.
    pub fn dismiss_late(&self, look: u32, looks: u32) {
        self.dismiss_all(|standing| standing.waited(look, looks));
    }

    fn dismiss_all(&self, leaves: impl Fn(&Standing) -> bool) {
        let mut book = self.book();
        let leaving = book.seats.iter().filter(|(_, seat)| leaves(&seat.standing));
        let numbers: Vec<u64> = leaving.map(|(number, _)| *number).collect();
        numbers.into_iter().for_each(|number| book.dismiss(number));
    }

    /// How many connections are open.
    pub fn count(&self) -> usize {
        self.book().seats.len()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn enter(&mut self, address: IpAddr) -> (u64, Standing, Arc<Notify>) {
        let number = self.next;
        self.next += 1;
        let (standing, leave) = (Standing::fresh(), Arc::new(Notify::new()));
        let seat = Seat { address, standing: standing.clone(), leave: leave.clone() };
        self.seats.insert(number, seat);
        self.by_address.entry(address).or_default().insert(number);
        (number, standing, leave)
    }

    /// The oldest fresh one of some seats, otherwise the oldest idle one.
    fn weakest<'a>(&self, numbers: impl Iterator<Item = &'a u64>) -> Option<u64> {
        let mut idle = None;
        for number in numbers {
            match self.seats.get(number)?.standing.of() {
                FRESH => return Some(*number),
                IDLE => idle = idle.or(Some(*number)),
                _ => {}
            }
        }
        idle
    }

    fn dismiss(&mut self, number: u64) {
        if let Some(seat) = self.leave(number) {
            seat.leave.notify_one();
        }
    }

    fn leave(&mut self, number: u64) -> Option<Seat> {
        let seat = self.seats.remove(&number)?;
        if let Some(own) = self.by_address.get_mut(&seat.address) {
            own.remove(&number);
            if own.is_empty() {
                self.by_address.remove(&seat.address);
            }
        }
        Some(seat)
    }
}

impl Guest {
    /// How far its request is.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Ends when the seat is wanted by another.
    pub async fn dismissed(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.book().leave(self.number);
    }
}

/// What counts as one address: an IPv4 address, or the first 64 bits of an IPv6 one.
fn household(address: IpAddr) -> IpAddr {
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
        let guests = Guests::new(9, 9);
        let silent = guests.seat(ip("192.0.2.1")).unwrap();
        let asking = guests.seat(ip("192.0.2.1")).unwrap();
        let slow = guests.seat(ip("192.0.2.1")).unwrap();
        slow.standing.asked();
        for look in 1..=4 {
            guests.dismiss_late(look, 4);
            asking.standing.asked();
            asking.standing.handed_over();
            asking.standing.flushed();
        }
        assert_eq!(guests.count(), 3, "four looks are three pauses");
        guests.dismiss_late(5, 4);
        assert_eq!(guests.count(), 2, "who never asked is gone");
        for look in 6..=9 {
            guests.dismiss_late(look, 4);
        }
        assert_eq!(guests.count(), 1, "so is who asked nothing more; who is being answered stays");
        drop((silent, asking, slow));
    }

    #[test]
    fn the_oldest_that_never_asked_leaves_first() {
        let guests = Guests::new(3, 3);
        let asked = guests.seat(ip("192.0.2.1")).unwrap();
        asked.standing.asked();
        asked.standing.handed_over();
        asked.standing.flushed();
        let silent = guests.seat(ip("192.0.2.2")).unwrap();
        let busy = guests.seat(ip("192.0.2.3")).unwrap();
        busy.standing.asked();
        let fourth = guests.seat(ip("192.0.2.4")).unwrap();
        fourth.standing.asked();
        assert!(!guests.book().seats.contains_key(&silent.number));
        assert!(guests.seat(ip("192.0.2.5")).is_some(), "the idle one leaves next");
        assert!(!guests.book().seats.contains_key(&asked.number));
        assert_eq!(guests.count(), 2);
    }

    #[test]
    fn who_is_being_answered_stays() {
        let guests = Guests::new(1, 1);
        let busy = guests.seat(ip("192.0.2.1")).unwrap();
        busy.standing.asked();
        assert!(guests.seat(ip("192.0.2.2")).is_none());
        busy.standing.flushed();
        busy.standing.handed_over();
        assert!(guests.seat(ip("192.0.2.2")).is_none(), "not all of it is sent");
        guests.dismiss_waiting();
        assert_eq!(guests.count(), 1);
        busy.standing.flushed();
        assert!(guests.seat(ip("192.0.2.2")).is_some());
        drop(busy);
        assert_eq!(guests.count(), 0);
        assert!(guests.book().by_address.is_empty());
    }

    #[test]
    fn one_address_takes_only_its_own_seats() {
        let guests = Guests::new(100, 2);
        let other = guests.seat(ip("198.51.100.1")).unwrap();
        let own: Vec<_> = (0..50).filter_map(|_| guests.seat(ip("::ffff:192.0.2.1"))).collect();
        assert_eq!(own.len(), 50);
        assert_eq!(guests.count(), 3);
        assert!(guests.book().seats.contains_key(&other.number));
        let six: Vec<_> =
            (0..9).filter_map(|i| guests.seat(ip(&format!("2001:db8::{i}")))).collect();
        assert_eq!((six.len(), guests.count()), (9, 5));
    }
}
