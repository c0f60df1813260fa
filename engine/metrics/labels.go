package metrics

import (
	"net/http"
	"slices"
	"strconv"
)

var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodPatch,
	http.MethodConnect, http.MethodTrace,
}

// methodLabel is a method that HTTP knows, or OTHER: anybody may send any word.
func methodLabel(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "OTHER"
}

func statusLabel(status int) string { return strconv.Itoa(status) }
