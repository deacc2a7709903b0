package faultfs

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// stayVariable is the environment variable with the folder on which a process of a test mounts, to be killed.
const stayVariable = "FAULTSINK_TEST_STAY"

// serveAndStay does not return in such a process.
func serveAndStay() {
	folder := os.Getenv(stayVariable)
	if folder == "" {
		return
	}
	m, err := New(folder, Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("mounted")
	m.Wait()
	os.Exit(0)
}

// other mounts on the folder in another process.
func other(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), stayVariable+"="+folder, "GORACE=atexit_sleep_ms=0")
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "mounted\n" {
		t.Fatalf("the other one says %q", line)
	}
	return cmd
}

// TestDeadMount: what a killed one leaves is cleared by the next one, which says so; a live one is not.
func TestDeadMount(t *testing.T) {
	requireMount(t)
	dir := filepath.Join(t.TempDir(), "with blank")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := other(t, dir)
	if _, err := New(dir, Options{}); err == nil || !strings.Contains(err.Error(), "is mounted by another faultsink, which still runs") {
		t.Errorf("over a live one: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if _, err := os.Stat(dir); !errors.Is(err, unix.ENOTCONN) {
		t.Fatalf("after the kill: %v", err)
	}
	var notes []string
	m, err := New(dir, Options{Note: func(text string) { notes = append(notes, text) }})
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], dir+" had a dead mount") {
		t.Errorf("notes: %q", notes)
	}
	if err := os.WriteFile(dir+"/f", []byte("x"), 0o666); err != nil {
		t.Error(err)
	}
	if err := m.Unmount(); err != nil || isOwn(dir) {
		t.Errorf("unmounted: %v, mounted: %v", err, isOwn(dir))
	}
}

// TestUnmountedOutside: who unmounts needs no permission of this process.
func TestUnmountedOutside(t *testing.T) {
	m := mountFor(t, Options{})
	if err := unmount(m.dir, false); err != nil {
		t.Fatal(err)
	}
	m.Wait()
	if err := m.Unmount(); err != nil || len(m.notes) != 0 {
		t.Errorf("%v, %q", err, m.notes)
	}
}

// TestBusy: what is in use is unmounted all the same.
func TestBusy(t *testing.T) {
	m := mountFor(t, Options{}, "f=at 1 stall forever")
	fd := m.create("f")
	defer unix.Close(fd)
	if err := m.Unmount(); err != nil {
		t.Fatal(err)
	}
	if len(m.notes) != 1 || !strings.Contains(m.notes[0], "is still in use") {
		t.Errorf("notes: %q", m.notes)
	}
	if _, err := unix.Write(fd, []byte("x")); err == nil && os.Geteuid() == 0 {
		t.Error("a write is accepted after the end")
	}
	if m.names() != "" || isOwn(m.dir) {
		t.Errorf("%s: %q", m.dir, m.names())
	}
}

// TestRefusedPlaces: nothing is touched where a folder can't be meant.
func TestRefusedPlaces(t *testing.T) {
	requireMount(t)
	dir := t.TempDir()
	for _, name := range []string{"full", "full/empty", "empty", "back"} {
		os.Mkdir(filepath.Join(dir, name), 0o777)
	}
	os.WriteFile(filepath.Join(dir, "full/file"), nil, 0o666)
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		folder string
		o      Options
		want   string
	}{
		{"", Options{}, "no name"},
		{at("none"), Options{}, at("none") + ": no such file or directory: expected an empty folder"},
		{at("none/below"), Options{}, at("none/below") + ": no such file or directory: expected an empty folder"},
		{at("full/file"), Options{}, at("full/file") + " is no folder"},
		{at("full"), Options{}, at("full") + " is not empty, it has empty: expected an empty folder"},
		{at("empty"), Options{Size: -1}, "-1 bytes is no size"},
		{at("empty"), Options{Backing: at("none")}, "backing folder: "},
		{at("empty"), Options{Backing: at("full/file")}, "backing folder: " + at("full/file") + " is no folder"},
		{at("empty"), Options{Backing: at("empty")}, "are one in the other"},
		{at("full/empty"), Options{Backing: at("full")}, "are one in the other"},
		{at("empty"), Options{Backing: at("back"), Size: 5}, "expected none with a backing folder"},
		{at("empty"), Options{Backing: at("back"), Discard: true}, "expected no backing folder"},
	} {
		m, err := New(tt.folder, tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %+v: %v, want %s", tt.folder, tt.o, err, tt.want)
		}
		if m != nil {
			m.Unmount()
		}
	}
}
