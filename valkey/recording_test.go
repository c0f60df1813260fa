package valkey

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/recording"
)

// What a board is told of FlowFabric's own deployment, odd records and all, is told again by a recording of it.
func TestARecordingTellsWhatTheDeploymentTold(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		path := filepath.Join(t.TempDir(), "fixture"+recording.Suffix)
		r, err := recording.Record(b, recording.Options{File: path})
		x.must(err)
		defer r.Close()
		told := x.everythingTold(r)
		x.must(r.Close())
		p, err := recording.Open(path, nil)
		x.must(err)
		defer p.Close()
		_, end := p.Span()
		p.Seek(end)
		again := x.everythingTold(p)
		if len(told) < 300 || len(again) != len(told) {
			t.Fatalf("%d answers, and then %d", len(told), len(again))
		}
		for i := range told {
			if a, b := told[i], again[i]; a.read != b.read || !reflect.DeepEqual(local(a.answer), local(b.answer)) || !sameError(a.err, b.err) {
				t.Errorf("%s\n%+v %v\n%+v %v", a.read, a.answer, a.err, b.answer, b.err)
			}
		}
	})
}

type toldOf struct {
	read   string
	answer any
	err    error
}

// everythingTold asks what a board asks: for the lists, and for each execution and flow in them.
func (x bench) everythingTold(b engine.Attached) (all []toldOf) {
	note := func(read string, answer any, err error) { all = append(all, toldOf{read, answer, err}) }
	deployment, err := b.Deployment(x.ctx)
	note("Deployment", deployment, err)
	flows, err := b.FlowRows(x.ctx, engine.FlowQuery{Limit: 1000})
	note("FlowRows", flows, err)
	suspended, err := b.SuspendedRows(x.ctx, 1000)
	note("SuspendedRows", suspended, err)
	workers, err := b.WorkerRows(x.ctx)
	note("WorkerRows", workers, err)
	budgets, err := b.BudgetRows(x.ctx, 0, 100)
	note("BudgetRows", budgets, err)
	quotas, err := b.QuotaRows(x.ctx, 0, 100)
	note("QuotaRows", quotas, err)
	streams, err := b.StreamRows(x.ctx, nil, 100)
	note("StreamRows", streams, err)
	for _, lane := range deployment.Lanes {
		for _, index := range engine.LaneIndexes() {
			rows, err := b.LaneExecutions(x.ctx, lane, index, 1000)
			note("LaneExecutions "+string(lane)+" "+string(index), rows, err)
		}
	}
	for _, row := range flows.Rows {
		detail, err := b.FlowDetail(x.ctx, row.ID, 1000)
		note("FlowDetail "+string(row.ID), detail, err)
	}
	for p := range b.Partitions().FlowPartitions() {
		page, err := b.ListExecutions(x.ctx, p, "", 1000)
		note("ListExecutions "+p.Tag(), page, err)
		rows, err := b.ExecutionRows(x.ctx, page.Items)
		note("ExecutionRows "+p.Tag(), rows, err)
		for _, id := range page.Items {
			detail, err := b.ExecutionDetail(x.ctx, id)
			note("ExecutionDetail "+string(id), detail, err)
			edges, err := b.ExecutionEdges(x.ctx, id)
			note("ExecutionEdges "+string(id), edges, err)
			waitpoints, err := b.ListPendingWaitpoints(x.ctx, id, "", 100)
			note("ListPendingWaitpoints "+string(id), waitpoints, err)
			if detail == nil {
				continue
			}
			for _, stream := range detail.Streams {
				page, err := b.TailStream(x.ctx, engine.TailQuery{Execution: id, AttemptIndex: stream.AttemptIndex, Limit: 1000})
				note("TailStream "+string(id), page, err)
			}
		}
	}
	_, err = b.BudgetStatus(x.ctx, "no-such-budget")
	note("BudgetStatus", nil, err)
	return all
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	var e, f *engine.Error
	return a.Error() == b.Error() && errors.As(a, &e) == errors.As(b, &f) && (e == nil || e.Class == f.Class && e.Code == f.Code && e.Op == f.Op)
}

// local is a copy of a value with all times in the one zone: it is the moment that counts.
func local(value any) any {
	if value == nil {
		return nil
	}
	v := reflect.New(reflect.TypeOf(value)).Elem()
	v.Set(reflect.ValueOf(value))
	return inZone(v).Interface()
}

func inZone(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			copied.Set(reflect.New(v.Type().Elem()))
			copied.Elem().Set(inZone(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			copied.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				copied.Index(i).Set(inZone(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			copied.Set(reflect.MakeMap(v.Type()))
			for _, key := range v.MapKeys() {
				copied.SetMapIndex(key, inZone(v.MapIndex(key)))
			}
		}
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			if !at.IsZero() {
				copied.Set(reflect.ValueOf(time.Unix(at.Unix(), int64(at.Nanosecond()))))
			}
			return copied
		}
		for i := range v.NumField() {
			copied.Field(i).Set(inZone(v.Field(i)))
		}
	}
	return copied
}
