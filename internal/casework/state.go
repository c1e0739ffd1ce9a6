package casework

import (
	"slices"

	"github.com/chancery/chancery/internal/fault"
)

// State says where an application stands.
type State string

// The states. From Submitted on, an application is a case.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Asked     State = "asked"    // the person's turn
	Answered  State = "answered" // the office's turn again
	Screened  State = "screened"
	Examined  State = "examined"
	Proposed  State = "proposed" // waits for the second officer
	Granted   State = "granted"
	Refused   State = "refused"
	Issued    State = "issued"
	Collected State = "collected"
	Withdrawn State = "withdrawn"
	Lapsed    State = "lapsed" // a question was not answered in time
	Erased    State = "erased"
)

// States lists all of them, in the order of a case's life.
var States = []State{Draft, Submitted, Asked, Answered, Screened, Examined, Proposed, Granted, Refused, Issued, Collected, Withdrawn, Lapsed, Erased}

// Key is the translation key of the state's name, as officers and applicants
// read it.
func (s State) Key() string { return "casework.state." + string(s) }

// Known says whether s is one of States.
func (s State) Known() bool { return slices.Contains(States, s) }

// Open says whether the office still has to decide.
func (s State) Open() bool { return slices.Contains(undecided, s) }

// Over says whether nothing more is to be done but to keep and to erase.
func (s State) Over() bool { return slices.Contains(ended, s) }

var (
	undecided = []State{Submitted, Asked, Answered, Screened, Examined, Proposed}
	ended     = []State{Refused, Issued, Collected, Withdrawn, Lapsed}
)

// Step is one way from state to state; its text is the last part of the audit
// action and the kind of the event.
type Step string

// The steps.
const (
	StepSubmit   Step = "submit"
	StepAsk      Step = "ask"
	StepAnswer   Step = "answer"
	StepScreen   Step = "screen"
	StepExamine  Step = "examine"
	StepPropose  Step = "propose"
	StepSendBack Step = "send-back"
	StepGrant    Step = "grant"
	StepRefuse   Step = "refuse"
	StepIssue    Step = "issue"
	StepCollect  Step = "collect"
	StepWithdraw Step = "withdraw"
	StepLapse    Step = "lapse"
	StepErase    Step = "erase"
)

// way is a row of the table.
type way struct {
	from []State
	to   State
	// shown steps are on the applicant's status page.
	shown bool
}

// ways is the whole of what may happen to the state of an application.
// Whatever is not here is refused.
var ways = map[Step]way{
	StepSubmit:   {[]State{Draft}, Submitted, true},
	StepAsk:      {[]State{Submitted, Answered, Screened, Examined}, Asked, true},
	StepAnswer:   {[]State{Asked}, Answered, true},
	StepScreen:   {[]State{Submitted, Answered}, Screened, true},
	StepExamine:  {[]State{Screened}, Examined, true},
	StepPropose:  {[]State{Examined}, Proposed, false},
	StepSendBack: {[]State{Proposed}, Examined, false},
	StepGrant:    {[]State{Proposed}, Granted, true},
	StepRefuse:   {[]State{Proposed}, Refused, true},
	StepIssue:    {[]State{Granted}, Issued, true},
	StepCollect:  {[]State{Issued}, Collected, true},
	StepWithdraw: {undecided, Withdrawn, true},
	StepLapse:    {[]State{Asked}, Lapsed, true},
	StepErase:    {append([]State{Draft}, ended...), Erased, false},
}

// May says whether the step can be taken from the state.
func (s Step) May(from State) bool { return slices.Contains(ways[s].from, from) }

// Shown says whether the applicant sees the step.
func (s Step) Shown() bool { return ways[s].shown }

// Key is the translation key of what the step means to the applicant.
func (s Step) Key() string { return "casework.step." + string(s) }

// next gives the state to which the step leads; conflict when it does not
// start from here.
func (s Step) next(from State) (State, error) {
	if !s.May(from) {
		return from, fault.NewConflict("casework.wrong_state").With("State", string(from))
	}
	return ways[s].to, nil
}
