package views

// What each view yields to be copied or read elsewhere.

func (v *Flows) Copies() []Copy {
	r := v.table.Selected()
	if r == nil {
		return nil
	}
	return append([]Copy{{"flow id", string(r.ID)}}, v.table.copied()...)
}

func (v *Lanes) Copies() []Copy {
	r := v.table.Selected()
	if r == nil {
		return nil
	}
	return append([]Copy{{"lane", string(r.Lane)}}, v.table.copied()...)
}

func (v *LaneExecutions) Copies() []Copy {
	return append(executionCopies(v.table.Selected()), v.table.copied()...)
}

func (v *Suspended) Copies() []Copy {
	r := v.table.Selected()
	if r == nil {
		return nil
	}
	return append(executionCopies(&r.ExecutionRow), v.table.copied()...)
}

func (v *Streams) Copies() []Copy {
	r := v.table.Selected()
	if r == nil {
		return nil
	}
	return append(executionCopies(&r.Row), v.table.copied()...)
}

func (v *Flow) Copies() []Copy {
	copies := []Copy{{"flow id", string(v.id)}}
	if r := v.selected(); r != nil {
		copies = append([]Copy{{"execution id", string(r.ID)}}, copies...)
	}
	return copies
}

func (v *Edges) Copies() []Copy {
	e := v.table.Selected()
	if e == nil {
		return nil
	}
	return append([]Copy{
		{"edge id", string(e.edge.ID)}, {"upstream execution id", string(e.up.ID)}, {"downstream execution id", string(e.down.ID)},
	}, v.table.copied()...)
}

func (v *Execution) Copies() []Copy {
	copies := []Copy{{"execution id", string(v.id)}}
	if v.data == nil {
		return copies
	}
	copies = append(copies, executionCopies(&v.data.row)[1:]...)
	for _, d := range v.Documents() {
		copies = append(copies, Copy{d.Name, string(d.Data)})
	}
	return copies
}

func (v *Execution) Documents() []Document {
	if v.data == nil {
		return nil
	}
	var documents []Document
	for _, d := range []Document{
		{"payload", v.data.Payload, v.data.PayloadSize}, {"result", v.data.Result, v.data.ResultSize},
		{"policy", v.data.PolicyJSON, int64(len(v.data.PolicyJSON))},
	} {
		if len(d.Data) > 0 {
			documents = append(documents, d)
		}
	}
	return documents
}

func (v *Tail) Copies() []Copy {
	copies := []Copy{{"execution id", string(v.ref.Execution)}}
	if f := v.list.selected(); f != nil && v.flow == nil {
		copies = append([]Copy{{"frame", string(f.Payload)}, {"frame id", f.ID}}, copies...)
	}
	return copies
}

func (v *Frame) Copies() []Copy {
	return []Copy{{"payload", string(v.frame.Payload)}, {"frame id", v.frame.ID}}
}

func (v *Frame) Documents() []Document {
	return []Document{{"payload", v.frame.Payload, int64(len(v.frame.Payload))}}
}
