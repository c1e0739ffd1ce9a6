package web

import "net/http"

// RegisterStaffHome adds GET /staff, where a sign-in leads: the rooms that the
// person may use, as the navigation lists them, each with what it is for.
func (s *Server) RegisterStaffHome() {
	s.Handle("GET /staff", Staff("", ""), func(w http.ResponseWriter, r *http.Request) error {
		return s.Render(w, r, http.StatusOK, "web/staff.html", nil)
	})
}
