//! Bookings and the gate every one of them passes.
