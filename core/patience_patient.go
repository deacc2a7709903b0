//go:build patient

package core

import "time"

// promisePatience is longer than any test: see the tag in CONTRIBUTING.md.
const promisePatience = 48 * time.Hour
