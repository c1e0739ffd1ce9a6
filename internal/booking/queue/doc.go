// Package queue is the waiting room: who is there today, whose turn is next,
// and at which counter. A ticket stands for one booking, or one walk-in, from
// the door to the end; it is one row, changed step by step, and each step is
// kept with the row as it was before.
//
// Every change locks the post's day (one row) and is one transaction together
// with what it means for the booking, so two screens never act on the same
// ticket and a power cut leaves no half of a step. The order is explained in
// docs/decisions/0007-queue.md.
//
// It owns queue_day, queue_ticket, queue_step and queue_desk; queue_ticket's
// times are for others to read, as its migration says. It may import audit,
// booking, fault, post and store.
package queue
