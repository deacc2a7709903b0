//go:build linux && (amd64 || arm64)

package trial

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// chromium returns a browser, or skips the test where there is none. With CI_REQUIRE_ALL=1 it fails instead.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI_REQUIRE_ALL") == "1" {
		t.Fatal("no chromium")
	}
	t.Skip("no chromium: the page is not opened")
	return ""
}

// pageMatrix is a matrix of two toys: real runs, and a name that means something in HTML.
func pageMatrix(t *testing.T) Matrix {
	t.Helper()
	m := Matrix{Size: DefaultSize}
	r := &Runner{Folder: t.TempDir()}
	for name, bug := range map[string]string{"good": "none", `<b>"bad" & worse</b>`: "ignores close errors"} {
		tool := Tool{Name: name, Template: toyTemplate(t, bug)}
		run := ToolRun{Name: name}
		for _, pattern := range []string{"clean*", "reader-dies-mid-chunk", "close-error", "fsync-error", "source-error"} {
			cells := Select(tool.Template, pattern, false)
			all := make([]Cell, len(cells))
			r.each(context.Background(), tool, cells, Options{Size: DefaultSize, Jobs: 4}, all)
			run.Cells = append(run.Cells, all...)
		}
		m.Tools = append(m.Tools, run)
	}
	m.Compare(nil, false, true)
	return m
}

// TestPageInBrowser opens the page in a browser: all cells are there once its script has run, and the console has nothing to say. The
// browser itself prints both, so nothing is needed to drive it.
func TestPageInBrowser(t *testing.T) {
	browser := chromium(t)
	m := pageMatrix(t)
	var page bytes.Buffer
	if err := WriteHTML(&page, m, "faultsink test"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--enable-logging=stderr", "--dump-dom", "file://"+file)
	var dom, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &dom, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, &log)
	}
	if console := regexp.MustCompile(`(?m)^.*CONSOLE.*$`).FindAllString(log.String(), -1); len(console) > 0 {
		t.Errorf("the console has %q", console)
	}
	checkDOM(t, m, dom.String())
}

// checkDOM checks what the browser has made of the page.
func checkDOM(t *testing.T, m Matrix, dom string) {
	t.Helper()
	if want := fmt.Sprintf(`data-cells="%d"`, len(m.Cells())); !strings.Contains(dom, want) {
		t.Errorf("the page's script has not found all cells: no %s", want)
	}
	for _, c := range m.Cells() {
		// As browsers write attributes.
		key := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(c.key())
		_, cell, found := strings.Cut(dom, `data-cell="`+key+`"`)
		if !found && !strings.Contains(dom, `data-cell="`+strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(key)+`"`) {
			t.Errorf("%s is not there", c.key())
			continue
		}
		cell, _, _ = strings.Cut(cell, "</details>")
		if found && c.Outcome == Judged && !strings.Contains(cell, "<svg") {
			t.Errorf("%s has no timeline", c.key())
		}
	}
	if strings.Contains(dom, "<b>") {
		t.Error("the name of a tool was taken for HTML")
	}
}

// TestTimeline: the reader that leaves is marked at its byte, on its line, and the others go on behind it.
func TestTimeline(t *testing.T) {
	tmpl := toyTemplate(t, "none")
	s := Select(tmpl, "reader-exits[pos=1,at=mid]", false)[0]
	c, err := s.makeCase(tmpl, s.Place, DefaultSize, 0)
	if err != nil {
		t.Fatal(err)
	}
	o, err := (&Runner{Folder: t.TempDir()}).Run(t.Context(), tmpl, c)
	if err != nil {
		t.Fatal(err)
	}
	line := o.Timeline
	if len(line.Marks) != 1 || line.Marks[0].Output != 0 || line.Marks[0].Bytes != 100003 {
		t.Fatalf("marks: %+v", line.Marks)
	}
	for i, track := range line.Tracks {
		last := track.Samples[len(track.Samples)-1]
		if i == 0 && last.Bytes != 100003 || i > 0 && (last.Bytes != DefaultSize || last.At < line.Marks[0].At) {
			t.Errorf("output %s ends with %+v, the fault was at %v", track.Name, last, line.Marks[0].At)
		}
		if len(track.Samples) > mostSamples+2 {
			t.Errorf("output %s has %d samples", track.Name, len(track.Samples))
		}
	}
	if svg := line.svg(); !strings.Contains(svg, "fault: output 1, byte 100003") || html.UnescapeString(svg) != svg {
		t.Errorf("%s", svg)
	}
}
