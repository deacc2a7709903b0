// Man writes the manual pages in this folder: yjoint.1, faultsink.1 and faultsink-plan.7.
//
//	go run ./docs/man
//
// Each is made of the Markdown beside it and of what the programs know of themselves: options, exit statuses, words of plans. The tests of
// the programs, which see both, compare the pages, and write them for this command.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command("go", "test", "-count=1", "./cmd/yjoint", "./cmd/faultsink", "-run", "^TestManual", "-args", "-manual")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}
