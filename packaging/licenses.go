package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const licenseFile = docs + "third-party-licenses.txt"

// licenses returns the texts under which others allow that their code is part of the target's programs. Most demand that whoever gets
// the programs gets these too.
func (r release) licenses(t target) (file, error) {
	args := []string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}"}
	for _, program := range programs {
		args = append(args, "./cmd/"+program)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = r.source, t.environment()
	list, err := output(cmd)
	if err != nil {
		return file{}, err
	}
	modules := slices.Sorted(strings.Lines(list + "\n"))
	var text bytes.Buffer
	fmt.Fprintf(&text, "yjoint and faultsink contain code of others. Go's standard library and runtime come under the license of golang.org/x/sys.\n")
	for _, module := range slices.Compact(modules) {
		if module = strings.TrimSpace(module); module == "" {
			continue
		}
		if err := appendLicense(&text, module); err != nil {
			return file{}, err
		}
	}
	return file{licenseFile, 0o644, text.Bytes()}, nil
}

// appendLicense appends the license of a module, which is told by its path, version and folder.
func appendLicense(text *bytes.Buffer, module string) error {
	words := strings.SplitN(module, " ", 3)
	if len(words) != 3 {
		return fmt.Errorf("go list says %q, want path, version and folder", module)
	}
	entries, err := os.ReadDir(words[2])
	if err != nil {
		return err
	}
	found := false
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "NOTICE") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(words[2], e.Name()))
		if err != nil {
			return err
		}
		found = true
		fmt.Fprintf(text, "\n==== %s %s: %s\n\n%s\n", words[0], words[1], e.Name(), bytes.TrimSpace(data))
	}
	if !found {
		return fmt.Errorf("%s %s has no file with a license", words[0], words[1])
	}
	return nil
}
