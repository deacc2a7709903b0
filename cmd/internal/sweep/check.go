package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// OutputVariable is the environment variable in which CHECK finds the name of the file with the command's standard output.
const OutputVariable = "SWEEP_STDOUT"

// check asks the user's CHECK, which may take as long as a run.
func (s *Sweep) check(ctx context.Context, r *Room) (string, error) {
	limit := s.Timeout
	if limit == 0 {
		limit = max(leastTimeout, 10*s.Clean)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(limited, "sh", "-c", s.Check)
	cmd.Dir = r.Folder
	cmd.Env = append(os.Environ(), "PWD="+r.Folder, "TMPDIR="+r.Temp, OutputVariable+"="+r.Stdout)
	ownTree(cmd)
	complaint, err := os.Create(filepath.Join(r.root, ".check"))
	if err != nil {
		return "", err
	}
	defer complaint.Close()
	cmd.Stderr = complaint
	err = cmd.Run()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case limited.Err() != nil:
		return "", fmt.Errorf("CHECK had not ended after %v", limit)
	case errors.As(err, &ended):
		text := "CHECK ended by " + ended.String()
		if line := firstLine(complaint.Name()); line != "" {
			text += " (" + line + ")"
		}
		return text, nil
	}
	return "", err
}

// firstLine returns the beginning of a file.
func firstLine(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 200
	line, _ := io.ReadAll(io.LimitReader(f, most))
	first, _, _ := strings.Cut(string(line), "\n")
	return first
}
