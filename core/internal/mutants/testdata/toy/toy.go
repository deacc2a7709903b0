// Package toy has code with mutants of each kind.
package toy

import "errors"

var errLarge = errors.New("too large")

// tax returns a tenth of what is above 100.
func tax(income int) (int, error) {
	if income > 1000000 {
		return 0, errLarge
	}
	if income <= 100 {
		return 0, nil
	}
	sum := (income - 100) / 10
	return sum, nil
}

// count counts what is true.
func count(all []bool) (n int) {
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

// never is what no test calls.
func never(a, b bool) bool { return a && b }
