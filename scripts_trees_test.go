//go:build linux

package yjoint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var treeBlock = regexp.MustCompile("<!-- (tree_\\w+) (\\S+) -->\n```sh\n((?s:.*?))```\n")

// TestFanOutTrees requires that the scripts of docs/fan-out-trees.md are those of the scenarios, to the letter.
func TestFanOutTrees(t *testing.T) {
	text, err := os.ReadFile("docs/fan-out-trees.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := treeBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 6 {
		t.Errorf("%d scripts, want 6", len(blocks))
	}
	for _, block := range blocks {
		archive, err := txtar.ParseFile(filepath.Join(scriptsDir, block[1]+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		there := "nothing of that name"
		for _, file := range archive.Files {
			if file.Name == block[2] {
				there = string(file.Data)
			}
		}
		if diff := cmp.Diff(there, block[3]); diff != "" {
			t.Errorf("%s of %s (-), in docs/fan-out-trees.md (+):\n%s", block[2], block[1], diff)
		}
	}
}
