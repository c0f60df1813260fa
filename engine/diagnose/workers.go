package diagnose

import (
	"slices"
	"strings"

	"ffboard/engine"
)

// workerSide is what the registry says about who could take an execution. Workers that register nothing are not in it.
type workerSide struct {
	alive, serving int
	able           []*engine.Worker // alive, on the lane, with all tokens
	elsewhere      []*engine.Worker // alive, with all tokens, on other lanes
	missing        []string         // tokens that no live worker has
}

// fitting are the live workers of the lane with all of some tokens.
func (j *judge) fitting(tokens []string) []*engine.Worker { return j.workers(tokens).able }

func (j *judge) workers(tokens []string) workerSide {
	var s workerSide
	offered := map[string]bool{}
	for i := range j.f.Workers.List {
		w := &j.f.Workers.List[i]
		if !w.Alive {
			continue
		}
		s.alive++
		for _, token := range w.Capabilities {
			offered[token] = true
		}
		serves := len(w.Lanes) == 0 || slices.Contains(w.Lanes, j.x.Lane)
		if serves {
			s.serving++
		}
		switch covers := hasAll(w.Capabilities, tokens); {
		case covers && serves:
			s.able = append(s.able, w)
		case covers:
			s.elsewhere = append(s.elsewhere, w)
		}
	}
	for _, token := range tokens {
		if !offered[token] {
			s.missing = append(s.missing, token)
		}
	}
	return s
}

func hasAll(offered, required []string) bool {
	return !slices.ContainsFunc(required, func(token string) bool { return !slices.Contains(offered, token) })
}

// claimants says who could take an execution that stands in line.
func (j *judge) claimants() {
	if j.f.Workers == nil {
		return
	}
	s := j.workers(j.x.RequiredCapabilities)
	j.capableEvidence()
	if len(s.able) > 0 || j.f.Workers.More {
		return
	}
	standing := Late
	if j.now.Sub(j.x.LastTransitionAt) < claimSlack {
		standing = Note
	}
	j.unserved(s, standing)
}

// unserved is why no worker of the registry can take it.
func (j *judge) unserved(s workerSide, standing Standing) {
	required := j.x.RequiredCapabilities
	switch {
	case len(required) > 0 && s.alive > 0 && len(s.missing) > 0:
		j.cause(CodeMissingTokens, standing, "no live worker has %s, which it requires", list(s.missing))
	case len(s.elsewhere) > 0 && s.serving > 0:
		j.cause(CodeServedElsewhere, standing, "no worker that serves lane %s has all of %s; %s has, but serves %s", cut(string(j.x.Lane), 40), list(required), instance(s.elsewhere[0]), lanes(s.elsewhere[0]))
	case len(required) > 0 && s.alive > 0 && s.serving > 0:
		j.cause(CodeTokensApart, standing, "no single live worker has all of %s, though each of them is there", list(required))
	default:
		j.cause(CodeNoWorker, standing, "no live worker is registered for lane %s in namespace %s (those that never register cannot be seen)", cut(string(j.x.Lane), 40), quoted(string(j.x.Namespace)))
	}
	j.remedy(engine.RemedyStartWorker, "start a worker for lane "+cut(string(j.x.Lane), 40)+j.withTokens())
}

func (j *judge) withTokens() string {
	if len(j.x.RequiredCapabilities) == 0 {
		return ""
	}
	return " with " + list(j.x.RequiredCapabilities)
}

// capableEvidence shows what is required and which workers have it.
func (j *judge) capableEvidence() {
	if len(j.x.RequiredCapabilities) > 0 {
		j.show("requires", list(j.x.RequiredCapabilities))
	}
	if j.f.Workers == nil {
		return
	}
	s := j.workers(j.x.RequiredCapabilities)
	const most = 3
	for i, w := range s.able {
		if i == most {
			j.show("able", number(len(s.able)-most)+" more workers")
			break
		}
		j.show("able", instance(w)+ago(j.now, w.LastHeartbeat), workerRef(w))
	}
	if len(s.able) > 0 {
		return
	}
	words := count(s.alive, "live worker", "live workers") + " registered, " + number(s.serving) + " on its lane, none of them able"
	j.show("workers", words)
	for i, w := range j.nearest() {
		if i == most {
			break
		}
		j.show("nearest", instance(w)+" lacks "+list(lacking(w.Capabilities, j.x.RequiredCapabilities)), workerRef(w))
	}
}

// nearest are live workers that lack some of the tokens, those that lack least first.
func (j *judge) nearest() []*engine.Worker {
	var found []*engine.Worker
	for i := range j.f.Workers.List {
		if w := &j.f.Workers.List[i]; w.Alive && !hasAll(w.Capabilities, j.x.RequiredCapabilities) {
			found = append(found, w)
		}
	}
	slices.SortStableFunc(found, func(a, b *engine.Worker) int {
		return len(lacking(a.Capabilities, j.x.RequiredCapabilities)) - len(lacking(b.Capabilities, j.x.RequiredCapabilities))
	})
	return found
}

func lacking(offered, required []string) []string {
	return slices.DeleteFunc(slices.Clone(required), func(token string) bool { return slices.Contains(offered, token) })
}

func workerRef(w *engine.Worker) Ref { return Ref{Kind: RefWorker, ID: string(w.Instance)} }

func instance(w *engine.Worker) string { return cut(string(w.Instance), 40) }

func lanes(w *engine.Worker) string {
	var names []string
	for _, lane := range w.Lanes {
		names = append(names, string(lane))
	}
	return list(names)
}

// quoted is a namespace in a sentence.
func quoted(namespace string) string {
	if namespace == "" {
		return "(none)"
	}
	return cut(strings.TrimSpace(namespace), 40)
}

// route is a block for want of a capable worker.
func (j *judge) route() {
	j.blockedSince(engine.IndexBlockedRoute)
	if j.f.Workers == nil {
		j.cause(CodeMissingTokens, Stuck, "no worker had what it requires: %s", list(j.x.RequiredCapabilities))
		return
	}
	j.capableEvidence()
	s := j.workers(j.x.RequiredCapabilities)
	switch {
	case len(s.able) > 0:
		j.freed(CodeBlockedYetServed, "blocked although served: "+instance(s.able[0])+" has all that it requires")
	case j.f.Workers.More:
		j.cause(CodeMissingTokens, Waits, "blocked for want of a capable worker%s: it requires %s", since(j.now, j.x.LastTransitionAt), list(j.x.RequiredCapabilities))
	default:
		j.unserved(s, Stuck)
		j.eventually("the block is lifted when workers with all that it requires are there")
	}
}
