package postweb_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestOperations(t *testing.T) {
	s := open(t)
	var posts []map[string]any
	read := func(path, lang string, into any) {
		t.Helper()
		code, body := s.get(t, path, lang)
		if err := json.Unmarshal([]byte(body), into); err != nil || code != http.StatusOK {
			t.Fatalf("%s: %d %v %s", path, code, err, body)
		}
	}
	for path, want := range map[string]int{
		"/api/v1/posts": 29, "/api/v1/posts?country=USA": 2, "/api/v1/posts?service=visa-interview": 28, "/api/v1/posts?q=da%C5%9Fk%C9%99nd": 1,
		"/api/v1/posts?q=dask": 1, "/api/v1/posts?country=ATA": 0, "/api/v1/posts?q=t%C3%BCrkiye&service=visa-interview": 2,
	} {
		posts = nil
		read(path, "en", &posts)
		if posts == nil || len(posts) != want {
			t.Errorf("%s: %d posts, want %d", path, len(posts), want)
		}
	}
	var one map[string]any
	read("/api/v1/posts/tel-aviv", "az", &one)
	if one["id"] != "tel-aviv" || one["time_zone"] != "Asia/Jerusalem" || one["city"] != "Təl-Əviv" || one["country_name"] != "İsrail" || one["closed"] == nil {
		t.Errorf("%v", one)
	}
	var services []map[string]any
	read("/api/v1/services", "en", &services)
	if len(services) < 11 || services[0]["id"] != "passport-renewal" {
		t.Errorf("%v", services)
	}
	var service map[string]any
	read("/api/v1/services/birth-registration", "en", &service)
	if service["title"] != "Registration of a birth" || len(service["posts"].([]any)) != 28 || len(service["identifiers"].([]any)) != 2 {
		t.Errorf("%v", service)
	}
	if service["questionnaire"] != nil || service["apply_url"] != nil {
		t.Errorf("one can apply for what has no questionnaire: %v", service)
	}
	// A service that is only applied for has no appointments, but a questionnaire.
	service = nil
	read("/api/v1/services/visa-application", "az", &service)
	schema, _ := service["questionnaire"].(map[string]any)
	if service["title"] != "Viza ərizəsi" || service["release"] != "none" || service["interview"] != "visa-interview" || len(service["posts"].([]any)) != 28 ||
		!strings.HasSuffix(service["apply_url"].(string), "/services/visa-application/apply") || schema["title"] != "Viza ərizəsi" || schema["properties"].(map[string]any)["document"] == nil {
		t.Errorf("%v", service)
	}
	for _, path := range []string{"/api/v1/posts/atlantis", "/api/v1/services/tea"} {
		if code, body := s.get(t, path, "en"); code != http.StatusNotFound || !strings.Contains(body, `"status":404`) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	// A post that is not shown to the public is not told by the interface.
	p, _ := s.posts.Get(context.Background(), "rome")
	p.Active = false
	if err := s.posts.Update(context.Background(), "staff:7", p); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.get(t, "/api/v1/posts/rome", "en"); code != http.StatusNotFound {
		t.Errorf("a hidden post: %d", code)
	}
}
