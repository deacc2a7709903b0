//go:build patient

package command

import "time"

// termPatience is longer than any test: see the tag in CONTRIBUTING.md.
const termPatience = 24 * time.Hour
