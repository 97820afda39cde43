use super::http::error::Words;
use super::state::State;
use crate::ingest::follow::{Behind, Trouble};
use crate::model::Language;
use crate::text::{leads_inside, names_internal};
use metrics::gauge;
use serde::Serialize;

/// How this node is behind the leader that it follows, in `/status.json`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Following {
    /// The leader's address; absent where it is inside the operator's network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
    /// How often a leader was made in the history of the journal.
    pub term: u64,
    /// Events that are not here yet, as far as is known; absent before the leader has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind_events: Option<u64>,
    /// Seconds since it last was known to have everything; 0 while it has.
    pub behind_seconds: i64,
    /// Why it does not get on, in English; absent where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    #[serde(skip)]
    told: Option<Words>,
    #[serde(skip)]
    pub was_whole: bool,
}

impl Following {
    /// Of this node; `None` if it leads.
    pub fn of(state: &State) -> Option<Self> {
        let standby = state.standby.as_ref()?;
        let behind = standby.behind()?;
        let role = state.journal.roles().borrow().clone();
        let told = behind.trouble.as_ref().map(told);
        Some(Self {
            leader: role.leader.filter(|leader| !leads_inside(leader)),
            term: state.journal.standing().term,
            behind_events: behind.events,
            behind_seconds: behind.seconds((state.now)()),
            trouble: told.as_ref().map(|told| told.en.clone()),
            told,
            was_whole: standby.was_whole(),
        })
    }

    /// How far it is behind, and why it does not get on, in one line.
    pub fn line(&self, language: Language) -> String {
        let (events, seconds) = (self.behind_events, self.behind_seconds);
        let behind = match (events, language) {
            (Some(0), Language::En) if seconds == 0 => "it has everything".to_owned(),
            (Some(0), Language::Vi) if seconds == 0 => "đã có đủ".to_owned(),
            (Some(events), Language::En) => format!("{events} events and {seconds} s behind"),
            (Some(events), Language::Vi) => {
                format!("còn thiếu {events} sự kiện, chậm {seconds} giây")
            }
            (None, Language::En) => "its leader has not answered yet".to_owned(),
            (None, Language::Vi) => "nút chính chưa trả lời".to_owned(),
        };
        let told = self.told.as_ref().map(|told| format!("; {}", told.in_language(language)));
        behind + &told.unwrap_or_default()
    }
}

/// Sets the gauges of who leads, and how far this node is behind.
pub fn measure(state: &State) {
    let behind = state.standby.as_ref().and_then(|standby| standby.behind());
    gauge!("dongtin_leads").set(f64::from(behind.is_none()));
    gauge!("dongtin_term").set(state.journal.standing().term as f64);
    let behind = behind.unwrap_or_else(|| Behind { events: Some(0), ..Behind::default() });
    gauge!("dongtin_follow_behind_events").set(behind.events.unwrap_or(0) as f64);
    gauge!("dongtin_follow_behind_seconds").set(behind.seconds((state.now)()) as f64);
    gauge!("dongtin_follow_stuck").set(f64::from(behind.trouble.is_some()));
}

/// What keeps a follower, for everybody: no address inside the operator's network is told.
fn told(trouble: &Trouble) -> Words {
    let en = match trouble {
        Trouble::NoAnswer(why) | Trouble::NotLeading(why) | Trouble::NotWritten(why)
            if names_internal(why) =>
        {
            match trouble {
                Trouble::NotLeading(_) => "the leader does not lead".to_owned(),
                Trouble::NotWritten(_) => "what the leader gave is not written".to_owned(),
                _ => "the leader gives nothing".to_owned(),
            }
        }
        trouble => trouble.to_string(),
    };
    let vi = match trouble {
        Trouble::NoAnswer(_) => "không lấy được gì từ nút chính",
        Trouble::OtherJournal { .. } => {
            "nút chính có nhật ký khác hẳn: hãy bỏ [follow], hoặc chuyển thư mục dữ liệu đi nơi khác để chép lại từ đầu"
        }
        Trouble::OldLeader { .. } => {
            "nút chính này đã bị thay thế: hãy cho nó chép theo nút chính mới, hoặc chạy `dongtin promote` ở đó"
        }
        Trouble::OtherRoad { .. } => {
            "nhật ký của nút chính đã rẽ sang hướng khác (khôi phục từ bản sao lưu, hoặc đã bị thay thế): `dongtin rejoin` cho biết chỉ nút này có gì và bỏ đi, `dongtin promote` giữ lại và làm nút chính"
        }
        Trouble::NotLeading(_) => "nút được chép theo không phải nút chính",
        Trouble::NotWritten(_) => "không ghi được những gì nút chính gửi",
    };
    Words::new(en, vi)
}
