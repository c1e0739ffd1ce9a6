// Package lookback computes how a post's days went: what became of bookings,
// how long people waited, how the places were used, and how far away the next
// free place is. It reads and counts, and changes nothing but its own table of
// daily looks at free places.
//
// Definitions, which the pages repeat in plain words:
//   - A booking counts on the local day of its slot once it was confirmed, at
//     the slot where it ended up; holds that ran out do not count.
//   - It came when it was checked in or served, was missed when it was marked as
//     a no-show, and is unrecorded while neither was noted.
//   - Cancelled with notice means 24 hours or more before the start; moved by
//     staff or holder is not cancelled.
//   - A wait is from arrival to the first call, in whole minutes, rounded down.
//     Beyond the appointment means from the appointed time (or the arrival, if
//     that was later) to the first call.
//   - Quantiles are by nearest rank: the smallest value that at least so large
//     a share does not exceed.
//   - Places planned are those of the plan as it stands, taken those that
//     bookings hold or held when the slot began.
//
// It reads the tables slot, slot_group_service and booking of room booking and
// queue_ticket of the queue. It may import store, post and catalogue.
package lookback
