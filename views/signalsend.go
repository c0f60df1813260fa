package views

import (
	"context"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/theme"
)

// signalSent is the answer to a signal. still is what the execution waits for afterwards, "" where that is not known.
type signalSent struct {
	outcome engine.SignalOutcome
	still   theme.Text
	err     error
}

// signalOutcome is what a signal did, in words.
type signalOutcome struct {
	look outcomeLook
	head theme.Text
	more []theme.Text
}

type outcomeLook int

const (
	outcomeGood outcomeLook = iota
	outcomeKept
	outcomeIgnored
)

// send checks the fields and gives the signal an idempotency key if it has none: sent again after a broken connection, it is then not
// counted twice.
func (d *signalDialog) send() tea.Cmd {
	if d.err = d.check(); d.err != nil {
		return nil
	}
	if d.key.Value() == "" {
		d.key.SetValue("ffboard-" + string(engine.NewSignalID()))
	}
	d.stage = signalSends
	target := d.targets[d.at]
	s := engine.Signal{
		Execution: d.id, Waitpoint: target.waitpoint.ID, Name: d.name.Value(), Category: action.SignalCategory, SourceType: action.SignalSource,
		SourceIdentity: d.source.Value(), Encoding: string(d.encoding.chosen().word), IdempotencyKey: d.key.Value(), CreatedAt: d.c.Now(),
	}
	if text := d.payload.Value(); text != "" {
		s.Payload = []byte(text)
	}
	e := d.c.Engine
	answer := sync.OnceValue(func() signalSent { return deliver(e, s, target.pending()) })
	// The log hears of the outcome even when the dialog is closed by then.
	return tea.Batch(func() tea.Msg { return answer() }, func() tea.Msg { return saidOf(&s, answer()) })
}

func saidOf(s *engine.Signal, answer signalSent) Said {
	what := "signal " + theme.CleanTo(s.Name, 40) + " to " + ShortExecution(s.Execution) + ": "
	if answer.err != nil {
		return Said{Text: what + problemWords(answer.err), Error: true}
	}
	return Said{Text: what + outcomeOf(answer).head}
}

// deliver sends a signal and looks what is still missing.
func deliver(e Engine, s engine.Signal, pending bool) signalSent {
	ctx, cancel := context.WithTimeout(context.Background(), longestCall)
	defer cancel()
	outcome, err := action.Deliver(ctx, e, s, pending)
	if err != nil {
		return signalSent{err: err}
	}
	return signalSent{outcome: outcome, still: stillWaits(ctx, e, s.Execution)}
}

// stillWaits is what an execution waits for now. It only rounds off what is said, so an error leaves it out.
func stillWaits(ctx context.Context, e Engine, id engine.ExecutionID) theme.Text {
	detail, err := e.ExecutionDetail(ctx, id)
	if err != nil || detail == nil || detail.Suspension == nil || !detail.Suspension.Open() {
		return ""
	}
	words := conditionWords(&detail.Suspension.Condition)
	if w := waitedFor(detail.Suspension); w.known {
		words += ", " + Count(w.done) + " of " + Count(w.needed) + " so far"
	}
	return words
}

// sent shows what became of the signal. One that was refused may be corrected and sent again.
func (d *signalDialog) sent(msg signalSent) tea.Cmd {
	if msg.err != nil {
		d.stage, d.err = signalAsks, msg.err
		return nil
	}
	d.stage, d.outcome = signalEnded, outcomeOf(msg)
	return Send(Refresh{})
}

// outcomeOf says what a signal did (spec 03b §3.6).
func outcomeOf(msg signalSent) signalOutcome {
	still := theme.Text("")
	if msg.still != "" {
		still = "it still waits for " + msg.still
	}
	if msg.outcome.Duplicate {
		return signalOutcome{outcomeIgnored, "duplicate of " + theme.CleanTo(string(msg.outcome.ID), 40),
			[]theme.Text{"that one came first: nothing was added", still}}
	}
	switch effect := msg.outcome.Effect; effect {
	case engine.EffectResumed:
		return signalOutcome{outcomeGood, "resumed: the execution goes on as soon as a worker takes it", nil}
	case engine.EffectAppended:
		return signalOutcome{outcomeGood, "appended: it was counted", []theme.Text{still}}
	case engine.EffectAppendedDuplicate:
		return signalOutcome{outcomeIgnored, "appended, but the like had been counted before", []theme.Text{still}}
	case engine.EffectBuffered:
		return signalOutcome{outcomeKept, "buffered: it counts once somebody waits on the waitpoint", nil}
	default:
		return signalOutcome{outcomeIgnored, effectWords(effect), []theme.Text{"it is on record and moved nothing", still}}
	}
}
