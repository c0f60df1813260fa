package httpapi

// Sizes of bodies, in bytes (spec 06 §4).
const (
	bodyLimit          = 64 << 10
	signalBodyLimit    = 256 << 10
	executionBodyLimit = 1 << 20
)

// route is one line of the API.
type route struct {
	method string
	path   string
	serve  func(*API, *call) (answer, error)
	limit  int64 // of the body; 0 is bodyLimit
	open   bool  // needs no token
	// namesCode is for the calls that FlowFabric leaves untyped: their clients find out what was wrong by looking for the wire code in
	// the text of the error (spec 06 §5).
	namesCode bool
}

// healthPath is asked by whoever watches the process.
const healthPath = "/healthz"

var routes = []route{
	{method: "GET", path: healthPath, serve: (*API).health, open: true},

	{method: "GET", path: "/v1/executions", serve: (*API).listExecutions},
	{method: "POST", path: "/v1/executions", serve: (*API).createExecution, limit: executionBodyLimit, namesCode: true},
	{method: "GET", path: "/v1/executions/{id}", serve: (*API).readExecution},
	{method: "GET", path: "/v1/executions/{id}/state", serve: (*API).readState},
	{method: "GET", path: "/v1/executions/{id}/result", serve: (*API).readResult},
	{method: "POST", path: "/v1/executions/{id}/cancel", serve: (*API).cancelExecution, namesCode: true},
	{method: "PUT", path: "/v1/executions/{id}/priority", serve: (*API).changePriority, namesCode: true},
	{method: "POST", path: "/v1/executions/{id}/replay", serve: (*API).replayExecution, namesCode: true},
	{method: "POST", path: "/v1/executions/{id}/revoke-lease", serve: (*API).revokeLease, namesCode: true},

	{method: "GET", path: "/v1/executions/{id}/pending-waitpoints", serve: (*API).listWaitpoints},
	{method: "GET", path: "/v1/executions/{id}/waitpoints/{waitpoint_id}/token", serve: (*API).readToken},
	{method: "POST", path: "/v1/executions/{id}/signal", serve: (*API).deliverSignal, limit: signalBodyLimit},

	{method: "GET", path: "/v1/executions/{id}/attempts/{idx}/stream", serve: (*API).readStream},
	{method: "GET", path: "/v1/executions/{id}/attempts/{idx}/stream/tail", serve: (*API).tailStream},

	{method: "POST", path: "/v1/executions/{id}/reclaim", serve: (*API).issueReclaimGrant},
	{method: "POST", path: "/v1/workers/{worker_id}/claim", serve: (*API).claimForWorker},

	{method: "POST", path: "/v1/flows", serve: (*API).createFlow, namesCode: true},
	{method: "POST", path: "/v1/flows/{id}/members", serve: (*API).addMember, namesCode: true},
	{method: "POST", path: "/v1/flows/{id}/cancel", serve: (*API).cancelFlow},
	{method: "POST", path: "/v1/flows/{id}/edges", serve: (*API).stageEdge, namesCode: true},
	{method: "POST", path: "/v1/flows/{id}/edges/apply", serve: (*API).applyEdge, namesCode: true},

	{method: "POST", path: "/v1/budgets", serve: (*API).createBudget, namesCode: true},
	{method: "GET", path: "/v1/budgets/{id}", serve: (*API).readBudget},
	{method: "POST", path: "/v1/budgets/{id}/usage", serve: (*API).reportUsage, namesCode: true},
	{method: "POST", path: "/v1/budgets/{id}/reset", serve: (*API).resetBudget, namesCode: true},
	{method: "POST", path: "/v1/quotas", serve: (*API).createQuota, namesCode: true},

	{method: "POST", path: "/v1/admin/rotate-waitpoint-secret", serve: (*API).rotateSecret},
}
