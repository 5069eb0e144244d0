//! The terms rooms and tours are booked on, as clients write and read them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Form, Object, Sent};
use crate::terms::{Period, Policy, Quota, Stage, Terms};

/// The farthest ahead a cancellation can count: as far as anything can be booked, 730 days.
const MOST_HOURS: u16 = 730 * 24;
/// Stages of a policy.
const MOST_STAGES: usize = 10;

/// Terms, as they are sent. Flattened into the bodies of rooms and tours.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct TermsWish {
    /// What is paid back on a cancellation; everything until a day before by default.
    #[schema(value_type = Option<PolicyView>)]
    #[serde(default)]
    pub cancellation_policy: Sent<Object<PolicyWish>>,
    /// Minutes after the start when somebody who has not checked in has not come; null: staff decide.
    #[schema(value_type = Option<u16>, minimum = 5, maximum = 240)]
    #[serde(default)]
    pub no_show_minutes: Sent<i64>,
    /// Hours before the start when a reminder is sent, 24 by default; null: none is.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 168)]
    #[serde(default)]
    pub remind_hours: Sent<i64>,
    /// How much one person may have; null: as much as they like.
    #[schema(value_type = Option<QuotaView>)]
    #[serde(default)]
    pub quota: Sent<Object<QuotaWish>>,
}

/// A cancellation policy, as it is sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PolicyWish {
    kind: Sent<String>,
    hours: Sent<i64>,
    stages: Sent<Vec<Sent<Object<StageWish>>>>,
}

/// A stage, as it is sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct StageWish {
    hours: Sent<i64>,
    percent: Sent<i64>,
}

/// A quota, as it is sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct QuotaWish {
    bookings: Sent<i64>,
    per: Sent<String>,
}

/// The terms of a room or tour. Flattened into their views.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermsView {
    /// What is paid back on a cancellation.
    pub cancellation_policy: PolicyView,
    /// Minutes after the start when somebody who has not checked in has not come.
    pub no_show_minutes: Option<u16>,
    /// Hours before the start when a reminder is sent.
    pub remind_hours: Option<u16>,
    /// How much one person may have.
    pub quota: Option<QuotaView>,
}

/// What is paid back on a cancellation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PolicyView {
    /// Everything until so many hours before the start, then nothing.
    FreeUntil {
        /// Hours before the start.
        #[schema(minimum = 0, maximum = 17520)]
        hours: u16,
    },
    /// A share that falls towards the start; after the last stage nothing.
    Staged {
        /// Hours and percent both fall.
        #[schema(min_items = 1, max_items = 10)]
        stages: Vec<StageView>,
    },
    /// The refund table of the Korean academy act.
    Academy,
}

/// One stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageView {
    /// At least so many hours before the start,
    #[schema(minimum = 0, maximum = 17520)]
    pub hours: u16,
    /// this share is paid back.
    #[schema(minimum = 0, maximum = 100)]
    pub percent: u8,
}

/// How much one person may have.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaView {
    /// Bookings in each `per`.
    #[schema(minimum = 1, maximum = 1000)]
    pub bookings: u16,
    /// `day`, `week` or `month`
    #[schema(value_type = String)]
    pub per: Period,
}

impl TermsView {
    /// As clients read them.
    pub fn of(terms: &Terms, quota: Option<Quota>) -> Self {
        let Terms { policy, no_show_minutes, remind_hours } = terms;
        Self {
            cancellation_policy: PolicyView::from(policy),
            no_show_minutes: *no_show_minutes,
            remind_hours: *remind_hours,
            quota: quota.map(|Quota { bookings, per }| QuotaView { bookings, per }),
        }
    }
}

impl From<&Policy> for PolicyView {
    fn from(policy: &Policy) -> Self {
        let stage = |Stage { hours, percent }: &Stage| StageView { hours: *hours, percent: *percent };
        match policy {
            Policy::FreeUntil { hours } => Self::FreeUntil { hours: *hours },
            Policy::Staged { stages } => Self::Staged { stages: stages.iter().map(stage).collect() },
            Policy::Academy => Self::Academy,
        }
    }
}

impl TermsWish {
    /// Fills in what was sent.
    pub fn fill(self, form: &mut Form, terms: &mut Terms, quota: &mut Option<Quota>) {
        let Self { cancellation_policy, no_show_minutes, remind_hours, quota: wished } = self;
        if let Some(Object(wish)) = form.value(cancellation_policy, "/cancellation_policy")
            && let Some(policy) = wish.read(form)
        {
            terms.policy = policy;
        }
        form.number_or_none(no_show_minutes, "/no_show_minutes", &(5..=240), &mut terms.no_show_minutes);
        form.number_or_none(remind_hours, "/remind_hours", &(1..=168), &mut terms.remind_hours);
        match form.nullable(wished, "/quota") {
            None => {}
            Some(None) => *quota = None,
            Some(Some(Object(wish))) => *quota = wish.read(form).or(*quota),
        }
    }
}

/// A number that must be there, within a range.
fn number<N>(form: &mut Form, sent: Sent<i64>, pointer: String, most: N) -> Option<N>
where
    N: TryFrom<i64> + PartialOrd + std::fmt::Display + Default,
{
    let number = form.must(sent, pointer.clone())?;
    form.within(number, pointer, &(N::default()..=most))
}

impl PolicyWish {
    fn read(self, form: &mut Form) -> Option<Policy> {
        let Self { kind, hours, stages } = self;
        match form.must(kind, "/cancellation_policy/kind")?.as_str() {
            "free_until" => {
                let hours = number(form, hours, "/cancellation_policy/hours".into(), MOST_HOURS)?;
                Some(Policy::FreeUntil { hours })
            }
            "staged" => {
                let stages = form.must(stages, "/cancellation_policy/stages")?;
                staged(form, stages).map(|stages| Policy::Staged { stages })
            }
            "academy" => Some(Policy::Academy),
            _ => {
                let said = (
                    "free_until, staged, academy 중 하나여야 합니다.",
                    "Must be one of free_until, staged and academy.",
                );
                form.refuse("/cancellation_policy/kind", "value", said.0, said.1);
                None
            }
        }
    }
}

fn staged(form: &mut Form, sent: Vec<Sent<Object<StageWish>>>) -> Option<Vec<Stage>> {
    let pointer = "/cancellation_policy/stages";
    if !(1..=MOST_STAGES).contains(&sent.len()) {
        let said = (format!("1~{MOST_STAGES}개여야 합니다."), format!("1 to {MOST_STAGES} of them."));
        form.refuse(pointer, "length", said.0, said.1);
        return None;
    }
    let mut stages: Vec<Stage> = Vec::new();
    for (index, wish) in sent.into_iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        let Some(Object(StageWish { hours, percent })) = form.must(wish, pointer.clone()) else { continue };
        let hours = number(form, hours, format!("{pointer}/hours"), MOST_HOURS);
        let percent = number(form, percent, format!("{pointer}/percent"), 100);
        let Some(stage) = hours.zip(percent).map(|(hours, percent)| Stage { hours, percent }) else {
            continue;
        };
        if let Some(last) = stages.last() {
            for (falls, name) in
                [(stage.hours < last.hours, "hours"), (stage.percent < last.percent, "percent")]
            {
                if !falls {
                    let said = ("앞 단계보다 작아야 합니다.", "Must be less than in the stage before.");
                    form.refuse(format!("{pointer}/{name}"), "not_falling", said.0, said.1);
                }
            }
        }
        stages.push(stage);
    }
    Some(stages)
}

impl QuotaWish {
    fn read(self, form: &mut Form) -> Option<Quota> {
        let Self { bookings, per } = self;
        let bookings = form
            .must(bookings, "/quota/bookings")
            .and_then(|bookings| form.within(bookings, "/quota/bookings", &(1_u16..=1000)));
        let per = form.must(per, "/quota/per").and_then(|per| {
            let known = match per.as_str() {
                "day" => Some(Period::Day),
                "week" => Some(Period::Week),
                "month" => Some(Period::Month),
                _ => None,
            };
            if known.is_none() {
                let said = ("day, week, month 중 하나여야 합니다.", "Must be one of day, week and month.");
                form.refuse("/quota/per", "value", said.0, said.1);
            }
            known
        });
        Some(Quota { bookings: bookings?, per: per? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    type Read = Result<(Terms, Option<Quota>), Vec<(String, &'static str)>>;

    fn fill(mut form: Form, wish: Value) -> Read {
        let (mut terms, mut quota) = (Terms::default(), Some(Quota { bookings: 1, per: Period::Day }));
        let wish: TermsWish = serde_json::from_value(wish).unwrap();
        wish.fill(&mut form, &mut terms, &mut quota);
        let faults = |all: Vec<maru_kernel::FieldError>| {
            all.into_iter().map(|e| (e.pointer.into_owned(), e.code)).collect()
        };
        form.finish((terms, quota)).map_err(faults)
    }

    #[test]
    fn terms_read_back_as_they_were_said() {
        for policy in [
            json!({"kind": "free_until", "hours": 48}),
            json!({"kind": "staged", "stages": [{"hours": 72, "percent": 100}, {"hours": 24, "percent": 50}]}),
            json!({"kind": "academy"}),
        ] {
            let said = json!({
                "cancellation_policy": policy, "no_show_minutes": 15, "remind_hours": null,
                "quota": {"bookings": 3, "per": "week"},
            });
            let (terms, quota) = fill(Form::fresh(), said.clone()).unwrap();
            assert_eq!(serde_json::to_value(TermsView::of(&terms, quota)).unwrap(), said);
        }
    }

    #[test]
    fn what_is_left_out_stays_and_null_takes_away() {
        let (terms, quota) = fill(Form::change(), json!({})).unwrap();
        assert_eq!((terms, quota.is_some()), (Terms::default(), true));
        let (terms, quota) = fill(Form::change(), json!({"remind_hours": null, "quota": null})).unwrap();
        assert_eq!((terms.remind_hours, quota), (None, None));
        let refused = fill(Form::change(), json!({"cancellation_policy": null})).unwrap_err();
        assert_eq!(refused, [("/cancellation_policy".to_owned(), "required")]);
    }

    #[test]
    fn every_fault_is_named_where_it_is() {
        let policies = [
            (json!({"kind": "free_until"}), vec![("/hours", "required")]),
            (json!({"kind": "free_until", "hours": 17521}), vec![("/hours", "range")]),
            (json!({"kind": "kind"}), vec![("/kind", "value")]),
            (json!({"hours": 1}), vec![("/kind", "required")]),
            (json!({"kind": "staged", "stages": []}), vec![("/stages", "length")]),
            (
                json!({"kind": "staged", "stages": [
                    {"hours": 24, "percent": 50}, {"hours": 24, "percent": 50}, {"hours": 5, "percent": 101}, {},
                ]}),
                vec![
                    ("/stages/1/hours", "not_falling"),
                    ("/stages/1/percent", "not_falling"),
                    ("/stages/2/percent", "range"),
                    ("/stages/3/hours", "required"),
                    ("/stages/3/percent", "required"),
                ],
            ),
        ];
        for (policy, faults) in policies {
            let faults: Vec<_> =
                faults.into_iter().map(|(end, code)| (format!("/cancellation_policy{end}"), code)).collect();
            let wish = json!({"cancellation_policy": policy});
            assert_eq!(fill(Form::change(), wish.clone()).unwrap_err(), faults, "{wish}");
        }
        let wish =
            json!({"no_show_minutes": 4, "remind_hours": 169, "quota": {"bookings": 0, "per": "year"}});
        let named = fill(Form::fresh(), wish).unwrap_err();
        let pointers: Vec<&str> = named.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/no_show_minutes", "/remind_hours", "/quota/bookings", "/quota/per"]);
    }
}
