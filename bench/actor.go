//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// lingering is how long the words of a process are waited for when it has gone and a child of it holds its standard error.
const lingering = 2 * time.Second

// actor is this program in a role, as a process of its own.
type actor struct {
	cmd    *exec.Cmd
	status *bufio.Reader
	words  bytes.Buffer // its standard error
	close  func() error
	ended  bool
}

// startActor returns when the actor is ready. stdin and stdout are the caller's still.
func startActor(ctx context.Context, self string, stdin, stdout *os.File, words ...string) (*actor, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	a := &actor{status: bufio.NewReader(read), close: read.Close}
	a.cmd = exec.CommandContext(ctx, self, append([]string{roleWord}, words...)...)
	a.cmd.ExtraFiles = []*os.File{write}
	a.cmd.Stderr = &a.words
	if stdin != nil {
		a.cmd.Stdin = stdin
	}
	if stdout != nil {
		a.cmd.Stdout = stdout
	}
	if err := a.cmd.Start(); err != nil {
		read.Close()
		return nil, err
	}
	write.Close()
	if line, err := a.status.ReadString('\n'); err != nil || strings.TrimSpace(line) != readyWord {
		_, err := a.end()
		return nil, fmt.Errorf("%s did not begin: %v", words[0], err)
	}
	return a, nil
}

// end waits until the actor has ended and returns what it has told. A second call returns nothing.
func (a *actor) end() (told string, err error) {
	if a.ended {
		return "", nil
	}
	a.ended = true
	defer a.close()
	text, _ := io.ReadAll(a.status)
	if err := a.cmd.Wait(); err != nil {
		return "", withWords(err, a.words.Bytes())
	}
	return string(text), nil
}

// withWords adds the first line that a process has said before it failed.
func withWords(err error, words []byte) error {
	line, _, _ := bytes.Cut(bytes.TrimSpace(words), []byte("\n"))
	if len(line) == 0 {
		return err
	}
	const most = 200
	return fmt.Errorf("%w: %s", err, line[:min(len(line), most)])
}
