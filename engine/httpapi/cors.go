package httpapi

import (
	"net/http"
	"slices"
	"strings"
)

// cors says which pages of other origins a browser may let call (spec 06 §4).
type cors struct {
	any     bool
	origins []string
	headers string
}

func newCORS(origins []string, withToken bool) cors {
	c := cors{any: slices.Contains(origins, "*"), origins: origins, headers: "content-type"}
	if withToken {
		c.headers += ",authorization"
	}
	return c
}

// handle sets the headers, and answers a browser's question whether it may call: that one carries no token.
func (c cors) handle(w http.ResponseWriter, r *http.Request) (answered bool) {
	if len(c.origins) == 0 {
		return false
	}
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	h := w.Header()
	if c.any {
		h.Set("Access-Control-Allow-Origin", "*")
		if preflight {
			h.Set("Access-Control-Allow-Methods", "*")
			h.Set("Access-Control-Allow-Headers", "*,authorization") // the star does not stand for this one
		}
		return preflight
	}
	h.Add("Vary", "origin, access-control-request-method, access-control-request-headers")
	if origin := r.Header.Get("Origin"); slices.Contains(c.origins, origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		if preflight {
			h.Set("Access-Control-Allow-Methods", strings.Join([]string{http.MethodGet, http.MethodPost, http.MethodPut}, ","))
			h.Set("Access-Control-Allow-Headers", c.headers)
		}
	}
	return preflight
}
