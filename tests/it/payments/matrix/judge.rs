//! What has to be so after every run, whatever went wrong in it.

use std::collections::BTreeSet;

use super::*;

impl Run<'_> {
    /// The figures of this run; an error where the books do not say what happened.
    pub(super) async fn judge(&self) -> Result<Figures> {
        let toss = &self.lane.app.stack().outsiders.toss;
        let theirs = toss.payment(&self.key).context("the provider knows no such payment")?;
        let payment = self.payment().await?;
        let movements = ledger(&self.lane.app, &self.order).await?;
        let trail = trail(&self.lane.app, &self.order).await?;
        let what = || format!("{} {}", payment.standing(), actions(&trail).join(" "));

        // (a) to the won: what the provider has, what our ledger has, what the payment says.
        let came_in = theirs["approvedAt"].is_string();
        let there = if came_in { theirs["balanceAmount"].as_i64().context("no balance")? } else { 0 };
        let here = till(&self.lane.app, &self.order).await?;
        let told = payment.balance().minor;
        ensure!(there == here && here == told, "{}: there {there}, here {here}, told {told}", what());
        for till in ["cash", "bank"] {
            ensure!(movements.iter().all(|movement| sum(movement, till) == 0), "{till}");
        }

        // (b) one capture at most, and each refund once.
        let captures = toss.captures(&self.order);
        ensure!(captures == u64::from(came_in) && captures <= 1, "{}: {captures} captures", what());
        let theirs: BTreeSet<&str> = theirs["cancels"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|cancel| cancel["transactionKey"].as_str())
            .collect();
        let ours: Vec<&str> = payment.refunds.iter().map(|done| done.transaction.as_str()).collect();
        ensure!(
            theirs == ours.iter().copied().collect() && ours.len() == theirs.len(),
            "{ours:?} {theirs:?}"
        );
        ensure!(toss.refunds(&self.order) == ours.len() as u64, "{}: {ours:?}", what());
        let of = |kind: Kind| movements.iter().filter(|movement| movement.kind == kind).count();
        ensure!((of(Kind::Capture), of(Kind::Refund)) == (usize::from(came_in), ours.len()), "{}", what());
        ensure!(of(Kind::Reversal) == 0, "{}: nobody takes a card's money back", what());

        // (d), (e): every movement sums to zero, and each capture is in the trail once.
        let written = trail.iter().filter(|audit| audit.action == "payment.captured").count();
        ensure!(written == usize::from(came_in), "{}", what());

        let stuck =
            !matches!(payment.standing(), "DONE" | "PARTIALLY_REFUNDED" | "REFUNDED" | "FAILED" | "EXPIRED");
        ensure!(!stuck && payment.open.is_none() && payment.refund.is_none(), "{}: it is stuck", what());
        self.what_it_pays(&payment).await.with_context(what)?;
        Ok(Figures {
            runs: 1,
            difference: (there - here).abs() + (here - told).abs(),
            captures,
            most_captures: captures,
            stuck: u64::from(stuck),
        })
    }

    /// (c) What is paid is had, and what is not had is not paid.
    async fn what_it_pays(&self, payment: &Payment) -> Result<()> {
        let booking = self.booked().await?;
        let (status, kept) = (booking.status.as_str(), payment.balance().minor);
        let paid = booking.paid.map_or(0, |paid| paid.minor);
        ensure!(booking.refund_owed().is_none(), "a refund is owed and nobody takes it over");
        let by_staff: i64 = match self.plan.then {
            Then::StaffPart => PART,
            Then::StaffAll => PRICE,
            Then::Stays | Then::Cancels | Then::GivesUp | Then::CancelsLate => 0,
        };
        match status {
            "confirmed" | "completed" => {
                ensure!(paid == PRICE && payment.capture.is_some(), "{status}, and {paid} is paid");
                // A wish of staff that was refused for good may not have come to anything.
                ensure!(kept == PRICE || kept == PRICE - by_staff, "{status}, and {kept} is kept");
            }
            "cancelled" => {
                let terms =
                    booking.cancelled.as_ref().and_then(|how| how.refund).map_or(0, |money| money.minor);
                ensure!(kept == PRICE - terms, "{status} with {terms} to give back, and {kept} is kept");
                ensure!((self.plan.then == Then::CancelsLate) == (terms == 0), "the terms give back {terms}");
            }
            "expired" => ensure!(kept == 0 && paid == 0, "{status}, and {kept} is kept"),
            _ => bail!("the booking is {status}"),
        }
        Ok(())
    }
}
