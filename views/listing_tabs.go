package views

import (
	"ffboard/theme"
	"ffboard/views/plain"
)

// What a view of several tables lists is the table that is seen. NewLeases and NewQuotas see another one first.

func (v *Workers) Plain() plain.Table      { return v.tabs.open().plain() }
func (v *Workers) Items() any              { return v.tabs.open().records() }
func (v *Workers) Covered() (done, of int) { return 1, 1 }

// Plain has the ids as the verbs of the command line take them, without their partition.
func (v *Budgets) Plain() plain.Table {
	p := v.tabs.open().plain()
	for i := range p.Rows {
		if v.tabs.at == 0 {
			p.Rows[i][0] = theme.Clean(string(v.budgets.items()[i].ID))
		} else {
			p.Rows[i][0] = theme.Clean(string(v.quotas.items()[i].ID))
		}
	}
	return p
}

func (v *Budgets) Items() any              { return v.tabs.open().records() }
func (v *Budgets) Covered() (done, of int) { return 1, 1 }

// NewLeases is the view of workers, opened at the leases that are held.
func NewLeases(c *Common) *Workers {
	v := NewWorkers(c)
	v.tabs.at = 1
	return v
}

// NewExpiredLeases is the view of workers, opened at the leases that ran out and wait to be reclaimed.
func NewExpiredLeases(c *Common) *Workers {
	v := NewWorkers(c)
	v.tabs.at = 2
	return v
}

// NewQuotas is the view of budgets, opened at the quota policies.
func NewQuotas(c *Common) *Budgets {
	v := NewBudgets(c)
	v.tabs.at = 1
	return v
}

func (v *Workers) Copies() []Copy {
	if w := v.SelectedWorker(); w != nil {
		return append([]Copy{{"worker instance", string(w.Instance)}}, v.workers.copied()...)
	}
	return executionCopies(v.SelectedLease())
}

func (v *Budgets) Copies() []Copy {
	if b := v.SelectedBudget(); b != nil {
		return append([]Copy{{"budget id", string(b.ID)}}, v.budgets.copied()...)
	}
	if q := v.quotas.Selected(); q != nil {
		return append([]Copy{{"quota policy id", string(q.ID)}}, v.quotas.copied()...)
	}
	return nil
}
