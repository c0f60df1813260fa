package valkey

import (
	"errors"
	"strconv"

	"ffboard/engine"
)

// missingExecution names the execution in a not-found reject.
func missingExecution(err error, execution engine.ExecutionID) error {
	return missing(err, map[string]string{"execution": string(execution)})
}

// noExecution says that a record is not there. An id of a partition that the deployment has not is named as such: nobody will ever
// look there.
func (b *Backend) noExecution(op string, execution engine.ExecutionID) error {
	err := engine.NotFound(op, "execution", string(execution))
	err.Detail = b.foreignPartition(execution)
	return err
}

// foreignPartition says that an execution's partition is none of the deployment's; "" when it is one.
func (b *Backend) foreignPartition(execution engine.ExecutionID) string {
	p := execution.Partition()
	if p.IsZero() || b.Partitions().Contains(p) {
		return ""
	}
	return "partition " + p.Tag() + " is none of the deployment's " + strconv.Itoa(int(b.Partitions().Flow))
}

// notActive reads the slots of execution_not_active.
func notActive(err error) (outcome, epoch, phase, attemptID string, ok bool) {
	var e *engine.Error
	if !errors.As(err, &e) {
		return "", "", "", "", false
	}
	return e.NotActive()
}
