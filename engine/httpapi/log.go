package httpapi

import (
	"context"
	"log/slog"
	"net/http"
)

const (
	// longestLogged is how much of a path is logged; a client may send anything.
	longestLogged = 200
)

// log writes one line about a request: no header, no query, no body, and of a failure the code alone, since its text may quote what
// was sent. The cause of a failure of ours is logged.
func (a *API) log(r *http.Request, done Request, out *recorder) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("method", done.Method),
		slog.String("route", done.Route),
		slog.String("path", cut(r.URL.EscapedPath())),
		slog.Int("status", done.Status),
		slog.Duration("took", done.Took),
		slog.Int("bytes", out.bytes),
		slog.String("remote", r.RemoteAddr),
	}
	if f := out.failure; f != nil {
		if f.code != "" {
			attributes = append(attributes, slog.String("code", cut(f.code)))
		}
		if f.cause != nil && f.status >= http.StatusInternalServerError {
			level = slog.LevelError
			attributes = append(attributes, slog.Any("error", f.cause))
		}
	}
	if done.Route == healthPath && done.Status < http.StatusBadRequest {
		level = slog.LevelDebug // asked every few seconds by whoever watches
	}
	a.Logger.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attributes...)
}

func cut(text string) string {
	if len(text) <= longestLogged {
		return text
	}
	return text[:longestLogged] + "…"
}
