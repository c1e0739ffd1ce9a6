package identity

import "slices"

// Role is what a person is at a post.
type Role string

// The roles. Each is granted for one post or for AllPosts.
const (
	Receptionist  Role = "receptionist"
	Officer       Role = "officer"
	Head          Role = "head"
	Administrator Role = "administrator"
	Auditor       Role = "auditor"
)

// Roles lists all roles in the order in which pages show them.
var Roles = []Role{Receptionist, Officer, Head, Administrator, Auditor}

// AllPosts stands for every post, in grants and in questions to May.
const AllPosts = "*"

// Permission is one thing that a role may allow.
type Permission string

// The closed list of permissions.
const (
	// DaySee: who is expected today, with names.
	DaySee Permission = "day.see"
	// DayCheckin: check people in, give tickets to walk-ins.
	DayCheckin Permission = "day.checkin"
	// DayCall: call to a counter, serve, finish, transfer, mark as no-show.
	DayCall Permission = "day.call"
	// BookingStaff: book, move and cancel for people on the telephone or at the desk.
	BookingStaff Permission = "booking.staff"
	// PlanSee: the weekly plan, exceptions and absences.
	PlanSee Permission = "plan.see"
	// PlanEdit: change the plan.
	PlanEdit Permission = "plan.edit"
	// ReviewSee: the page of suspicious patterns.
	ReviewSee Permission = "review.see"
	// VoidPropose: propose to void bookings, with a reason.
	VoidPropose Permission = "void.propose"
	// VoidSecond: confirm what another person proposed to void.
	VoidSecond Permission = "void.second"
	// DrawRun: open, close and run ballots.
	DrawRun Permission = "draw.run"
	// LookSee: waiting times, no-shows and use of places of a post.
	LookSee Permission = "look.see"
	// MinistrySee: the figures of all one's posts side by side.
	MinistrySee Permission = "ministry.see"
	// PostsEdit: a post's address, hours, counters and services.
	PostsEdit Permission = "posts.edit"
	// AccountsEdit: staff accounts, their grants and enrolment links.
	AccountsEdit Permission = "accounts.edit"
	// AuditSee: the audit trail.
	AuditSee Permission = "audit.see"
	// ScreeningSee: watch lists, and the hits of a post's applicants.
	ScreeningSee Permission = "screening.see"
	// ScreeningSearch: compare a name with the lists.
	ScreeningSearch Permission = "screening.search"
	// ScreeningImport: take over a list's new version, change the national list;
	// the pages ask for it at all posts, since lists are the ministry's.
	ScreeningImport Permission = "screening.import"
	// HitJudge: say whether an applicant is who stands on a list.
	HitJudge Permission = "hit.judge"
	// HitConfirm: confirm or give back what another person judged.
	HitConfirm Permission = "hit.confirm"
	// CasesSee: applications that were handed in at a post, with what people
	// wrote and sent.
	CasesSee Permission = "cases.see"
	// CasesWork: all that is done to a case but to decide it: assign, note, ask,
	// accept, examine, propose, hand over, and take fees at the counter.
	//
	// Receptionists take no fees: an amount and its ground tell what somebody
	// asks for and why they pay less, and whoever takes money should have the
	// case before them to see that it is the right one.
	CasesWork Permission = "cases.work"
	// CasesDecide: make another person's proposal the decision, or send it back.
	// Officers hold it as well as heads, since a post may have one head who is
	// away; that two different people act is kept by casework.
	CasesDecide Permission = "cases.decide"
	// CasesStatistics: how many cases, how long they took and how they ended.
	// No person stands in them, so auditors read them too.
	CasesStatistics Permission = "cases.statistics"
	// VisasSee: the register of visas of a post.
	VisasSee Permission = "visas.see"
	// VisasIssue: enter a visa for a granted case, print it again, correct a
	// misspelt particular.
	VisasIssue Permission = "visas.issue"
	// VisasRevoke: propose to annul or revoke a visa, and carry out what another
	// person proposed.
	VisasRevoke Permission = "visas.revoke"
)

// Permissions lists all of them.
var Permissions = []Permission{
	DaySee, DayCheckin, DayCall, BookingStaff, PlanSee, PlanEdit, ReviewSee, VoidPropose, VoidSecond,
	DrawRun, LookSee, MinistrySee, PostsEdit, AccountsEdit, AuditSee,
	ScreeningSee, ScreeningSearch, ScreeningImport, HitJudge, HitConfirm,
	CasesSee, CasesWork, CasesDecide, CasesStatistics, VisasSee, VisasIssue, VisasRevoke,
}

// allowed is the whole of what roles may do. What is not here is denied.
// Administrators look after the system and see no applicant.
var allowed = map[Role][]Permission{
	Receptionist: {DaySee, DayCheckin, BookingStaff},
	Officer: {DaySee, DayCheckin, DayCall, BookingStaff, PlanSee, ReviewSee, VoidPropose, VoidSecond,
		LookSee, ScreeningSee, ScreeningSearch, HitJudge, HitConfirm,
		CasesSee, CasesWork, CasesDecide, CasesStatistics, VisasSee, VisasIssue, VisasRevoke},
	Head: {DaySee, DayCheckin, DayCall, BookingStaff, PlanSee, PlanEdit, ReviewSee, VoidPropose, VoidSecond,
		DrawRun, LookSee, MinistrySee, PostsEdit, AuditSee, ScreeningSee, ScreeningSearch, ScreeningImport, HitJudge, HitConfirm,
		CasesSee, CasesWork, CasesDecide, CasesStatistics, VisasSee, VisasIssue, VisasRevoke},
	Administrator: {PlanSee, LookSee, MinistrySee, PostsEdit, AccountsEdit},
	Auditor:       {PlanSee, ReviewSee, LookSee, MinistrySee, AuditSee, ScreeningSee, CasesStatistics},
}

// Allows says whether the role includes the permission.
func (r Role) Allows(p Permission) bool { return slices.Contains(allowed[r], p) }

// Known says whether r is one of Roles.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Grant gives a person a role at a post, or at AllPosts.
type Grant struct {
	Role Role
	Post string
}

func (g Grant) known() bool { return g.Role.Known() && g.Post != "" && isText(g.Post) }

// May says whether the person holds p at the post. AllPosts asks whether they
// hold it everywhere; "" asks whether they hold it at any post at all. A
// disabled person, and no person, may nothing.
func (s *Staff) May(p Permission, postID string) bool {
	if s == nil || s.Disabled {
		return false
	}
	if s.system {
		return true
	}
	return slices.ContainsFunc(s.Grants, func(g Grant) bool {
		return g.Role.Allows(p) && (g.Post == AllPosts || postID == "" || g.Post == postID)
	})
}

// Posts says where the person holds p: everywhere, or at the posts in ids,
// sorted.
func (s *Staff) Posts(p Permission) (all bool, ids []string) {
	if s.May(p, AllPosts) {
		return true, nil
	}
	if s == nil || s.Disabled {
		return false, nil
	}
	for _, g := range s.Grants {
		if g.Role.Allows(p) {
			ids = append(ids, g.Post)
		}
	}
	slices.Sort(ids)
	return false, slices.Compact(ids)
}

// mayManage says whether the person may change the account: they need
// AccountsEdit wherever the account has a grant, since whoever can issue an
// enrolment link for an account can become it.
func (s *Staff) mayManage(account *Staff) bool {
	if !s.May(AccountsEdit, "") {
		return false
	}
	for _, g := range account.Grants {
		if !s.May(AccountsEdit, g.Post) {
			return false
		}
	}
	return true
}
