//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func pipeToPipes(tr *trial, w work, n int64) (figures, error) {
	if err := tr.toReaders(w.outputs); err != nil {
		return figures{}, err
	}
	if err := tr.fromProducer(n); err != nil {
		return figures{}, err
	}
	f, told, err := tr.perform()
	return f, tr.judge(told, n, err)
}

func fileToPipes(tr *trial, w work, n int64) (f figures, err error) {
	if err := tr.toReaders(w.outputs); err != nil {
		return f, err
	}
	name := tr.bench.inputName(n)
	if err := tr.bench.makeInput(n); err != nil {
		return f, err
	}
	if tr.stdin, err = os.Open(name); err != nil {
		return f, err
	}
	f, told, err := tr.perform()
	return f, tr.judge(told, n, err)
}

// pipeToFiles has its files read when the clock has stopped.
func pipeToFiles(tr *trial, w work, n int64) (f figures, err error) {
	folder, err := os.MkdirTemp(sharedMemory, "yjoint-bench-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(folder)
	names := make([]string, w.outputs)
	for i := range names {
		names[i] = filepath.Join(folder, fmt.Sprintf("out%d", i+1))
	}
	if tr.stdout, err = os.Create(names[0]); err != nil {
		return f, err
	}
	tr.paths = names[1:]
	if err := tr.fromProducer(n); err != nil {
		return f, err
	}
	f, _, err = tr.perform()
	if tr.ctx.Err() != nil {
		return f, err
	}
	told, readErr := tr.readFiles(names)
	if readErr != nil {
		return f, readErr
	}
	return f, tr.judge(told, n, err)
}

// readFiles returns what readers would have told of the files.
func (tr *trial) readFiles(names []string) (told []string, err error) {
	for _, name := range names {
		line := "0"
		info, err := os.Stat(name)
		switch {
		case os.IsNotExist(err): // the tool has not even made it
		case err != nil:
			return nil, err
		case tr.checks:
			line, err = tr.verifyFile(name)
		default:
			line = strconv.FormatInt(info.Size(), 10)
		}
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		told = append(told, line)
	}
	return told, nil
}

func (tr *trial) verifyFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	reader, err := startActor(tr.ctx, tr.bench.self, f, nil, "verify", "0")
	if err != nil {
		return "", err
	}
	return reader.end()
}

// judge says what was wrong with a run that ended with err, whose readers have told that. Bytes that are wrong say more
// than the status of the tool.
func (tr *trial) judge(told []string, n int64, err error) error {
	if tr.ctx.Err() != nil || told == nil {
		return err
	}
	want := strconv.FormatInt(n, 10)
	if tr.checks {
		want = "complete"
	}
	var wrong []string
	for i, line := range told {
		switch {
		case line == want || line == "": // a reader that has failed is in err
		case tr.checks:
			wrong = append(wrong, fmt.Sprintf("output %d: %s", i+1, line))
		default:
			wrong = append(wrong, fmt.Sprintf("output %d: %s of %s bytes", i+1, line, want))
		}
	}
	if len(wrong) == 0 {
		return err
	}
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	return &wrongBytes{abridged(wrong)}
}

// abridged joins texts, but not dozens of them.
func abridged(texts []string) string {
	const most = 3
	if len(texts) > most {
		texts = append(texts[:most:most], fmt.Sprintf("and %d more", len(texts)-most))
	}
	return strings.Join(texts, "; ")
}
